/** Pagination tokens: opaque, bound to their scope, never longer than the API allows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeToken,
  encodeToken,
  LONGEST_POSITION,
  ServiceError,
} from '../../layers/protocol/index.ts';

/** The longest NextToken that the API's model lets a client send back. */
const LONGEST_TOKEN = 255;

const scope = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 });
const position = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });

function expectRefusal(within: readonly string[], token: string): void {
  let refusal: unknown;
  try {
    decodeToken(within, token);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(ServiceError);
  expect(refusal).toMatchObject({
    name: 'InvalidPaginationTokenException',
    message: 'Invalid Pagination Token',
  });
}

describe('a token', () => {
  it('tells the position it was made of', () => {
    fc.assert(
      fc.property(scope, position, (within, at) => {
        expect(decodeToken(within, encodeToken(within, at))).toBe(at);
      }),
    );
  });

  it('is made of characters that any client passes on', () => {
    fc.assert(
      fc.property(scope, position, (within, at) => {
        expect(encodeToken(within, at)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('fits the API at the longest position, which is as long as can be', () => {
    expect(encodeToken(['a'], 'x'.repeat(LONGEST_POSITION)).length).toBeLessThanOrEqual(
      LONGEST_TOKEN,
    );
    expect(encodeToken(['a'], 'x'.repeat(LONGEST_POSITION + 1)).length).toBeGreaterThan(
      LONGEST_TOKEN,
    );
  });

  it('is none if absent or empty', () => {
    expect(decodeToken(['a'], undefined)).toBeUndefined();
    expect(decodeToken(['a'], '')).toBeUndefined();
  });

  it('of another scope is refused', () => {
    fc.assert(
      fc.property(scope, scope, position, (made, used, at) => {
        fc.pre(JSON.stringify(made) !== JSON.stringify(used));
        expectRefusal(used, encodeToken(made, at));
      }),
    );
  });

  it('is refused where the parts of a scope are cut differently', () => {
    expectRefusal(['ab', 'c'], encodeToken(['a', 'bc'], 'x'));
    expectRefusal(['a', 'b'], encodeToken(['a'], 'x'));
    expectRefusal(['a,b'], encodeToken(['a', 'b'], 'x'));
  });

  it('is refused with any one character changed, added or removed', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ';
    const change = fc.record({
      at: fc.nat(),
      removed: fc.integer({ min: 0, max: 1 }),
      added: fc.constantFrom('', ...alphabet),
    });
    fc.assert(
      fc.property(scope, position, change, (within, at, { at: where, removed, added }) => {
        const token = encodeToken(within, at);
        const start = where % token.length;
        const tampered = token.slice(0, start) + added + token.slice(start + removed);
        fc.pre(tampered !== token && tampered !== '');
        expectRefusal(within, tampered);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused if it is anything else', () => {
    fc.assert(
      fc.property(scope, fc.string({ unit: 'binary', minLength: 1 }), (within, token) => {
        expectRefusal(within, token);
      }),
    );
  });
});
