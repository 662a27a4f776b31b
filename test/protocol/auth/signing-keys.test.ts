/** Signing keys, against those that AWS has published. */
import { describe, expect, it } from 'vitest';
import { SigningKeys } from '../../../layers/protocol/auth/signing-keys.ts';

/** https://docs.aws.amazon.com/general/latest/gr/signature-v4-examples.html and the test suite of 2015. */
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const scope = (date: string, region = 'us-east-1') => ({
  date,
  region,
  service: 'iam',
  terminator: 'aws4_request',
});
const OF_2012 = 'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d';
const OF_2015 = 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9';

describe('a signing key', () => {
  it('is the one that AWS derives, also when it is asked for again', () => {
    const keys = new SigningKeys();
    for (let i = 0; i < 2; i++) {
      expect(keys.derive(SECRET, scope('20120215')).toString('hex')).toBe(OF_2012);
      expect(keys.derive(SECRET, scope('20150830')).toString('hex')).toBe(OF_2015);
    }
  });

  it('differs for every secret, day and region', () => {
    const keys = new SigningKeys();
    const derived = ['a', 'b'].flatMap((secret) =>
      ['20120215', '20150830'].flatMap((date) =>
        ['us-east-1', 'eu-west-1'].map((region) =>
          keys.derive(secret, scope(date, region)).toString('hex'),
        ),
      ),
    );
    expect(new Set(derived).size).toBe(8);
  });

  it('is right, however many others were asked for in between', () => {
    const keys = new SigningKeys();
    keys.derive(SECRET, scope('20120215'));
    for (let i = 0; i < 1000; i++) keys.derive(SECRET, scope('20120215', `r-${i}`));
    expect(keys.derive(SECRET, scope('20120215')).toString('hex')).toBe(OF_2012);
  });
});
