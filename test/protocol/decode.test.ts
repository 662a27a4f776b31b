/** JSON request bodies: types, nulls, unknown members, base64, and what is no JSON at all. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiOperations } from '../../functions/operations.ts';
import { decodeBody } from '../../layers/protocol/decode.ts';
import { encodeBody } from '../../layers/protocol/encode.ts';
import { ServiceError } from '../../layers/protocol/index.ts';
import {
  blob,
  boolean,
  float,
  integer,
  list,
  map,
  string,
  structure,
  timestamp,
} from '../../layers/protocol/shapes.ts';
import { validInput } from './support/inputs.ts';

const EVERYTHING = structure({
  Text: string(),
  Flag: boolean,
  Count: integer(),
  Ratio: float(),
  When: timestamp,
  Data: blob(),
  Names: list(string()),
  Tags: map(string(), string()),
  Inner: structure({ Text: string() }),
  Inners: list(structure({ Text: string() })),
});

const decode = (value: unknown) => decodeBody(JSON.stringify(value), EVERYTHING);

/** @returns the message of the SerializationException that a body raises */
function refusal(body: string): string {
  try {
    decodeBody(body, EVERYTHING);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    expect(error.name).toBe('SerializationException');
    return error.message;
  }
  throw new Error(`${body.slice(0, 100)} was accepted.`);
}

describe('a body', () => {
  it('becomes values of the declared types', () => {
    const body = {
      Text: 'ü',
      Flag: false,
      Count: 0,
      Ratio: -0.5,
      When: 1.5,
      Data: 'AP8=',
      Names: ['a', ''],
      Tags: { a: 'b' },
      Inner: {},
      Inners: [{ Text: 'x' }],
    };
    expect(decode(body)).toEqual({
      ...body,
      When: new Date(1500),
      Data: Buffer.from([0x00, 0xff]),
    });
  });

  it.each(['', ' ', '\r\n'])('that is empty (%j) stands for no members', (body) => {
    expect(decodeBody(body, EVERYTHING)).toEqual({});
  });

  it.each(['{', '{"Text":}', "{'Text':1}", '{}{}', 'undefined', '{"Count":NaN}', '\u0000', '<a/>'])(
    'that is no JSON (%j) is refused without repeating it',
    (body) => {
      expect(refusal(body)).toBe('The request body is not valid JSON.');
    },
  );

  it('that nests deeper than any stack is answered', () => {
    const depth = 100_000;
    expect(refusal('['.repeat(depth))).toBeDefined();
    expect(refusal('['.repeat(depth) + ']'.repeat(depth))).toBeDefined();
    const ignored = `{"Unknown":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(decodeBody(ignored, EVERYTHING)).toEqual({});
  });

  it.each([
    ['[]', 'Start of list found where not expected'],
    ['"x"', 'STRING_VALUE can not be converted to a structure'],
    ['7', 'NUMBER_VALUE can not be converted to a structure'],
    ['null', 'NULL_VALUE can not be converted to a structure'],
  ])('that is no object (%s) is refused', (body, text) => {
    expect(refusal(body)).toBe(text);
  });
});

describe('members', () => {
  it('that are null count as absent, items of lists and maps too', () => {
    const nulls = Object.fromEntries(Object.keys(EVERYTHING.members).map((name) => [name, null]));
    expect(decode(nulls)).toEqual({});
    expect(decode({ Names: ['a', null, 'b'], Tags: { a: null, b: 'c' } })).toEqual({
      Names: ['a', 'b'],
      Tags: { b: 'c' },
    });
    expect(decode({ Inner: { Text: null } })).toEqual({ Inner: {} });
  });

  it('that nobody knows are ignored, whatever they hold', () => {
    expect(decode({ text: 1, Unknown: { deep: [null] }, Inner: { Other: 1 } })).toEqual({
      Inner: {},
    });
  });

  it('cannot reach prototypes', () => {
    const body = '{"__proto__":{"Text":"x"},"constructor":{"Text":"y"},"Inner":{"__proto__":{}}}';
    const decoded = decodeBody(body, EVERYTHING);
    expect(decoded).toEqual({ Inner: {} });
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['Text']).toBeUndefined();
  });

  it('are not inherited', () => {
    const shape = structure({ toString: string(), constructor: structure({}) });
    expect(Object.keys(decodeBody('{}', shape))).toEqual([]);
  });

  it('of a map may be called __proto__', () => {
    const { Tags } = decodeBody('{"Tags":{"__proto__":"x"}}', EVERYTHING);
    expect(Object.entries(Tags ?? {})).toEqual([['__proto__', 'x']]);
  });
});

describe('a value of another type', () => {
  it.each([
    ['Text', '1', 'NUMBER_VALUE can not be converted to a String'],
    ['Text', '1.5', 'DECIMAL_VALUE can not be converted to a String'],
    ['Text', 'true', 'TRUE_VALUE can not be converted to a String'],
    ['Text', '["x"]', 'Start of list found where not expected'],
    ['Text', '{}', 'Start of structure or map found where not expected.'],
    ['Flag', '"true"', 'STRING_VALUE can not be converted to a Boolean'],
    ['Flag', '0', 'NUMBER_VALUE can not be converted to a Boolean'],
    ['Count', '"1"', 'STRING_VALUE can not be converted to an Integer'],
    ['Count', '1.5', 'DECIMAL_VALUE can not be converted to an Integer'],
    ['Count', 'false', 'FALSE_VALUE can not be converted to an Integer'],
    ['Count', '9007199254740993', 'NUMBER_VALUE can not be converted to an Integer'],
    ['Ratio', '"NaN"', 'STRING_VALUE can not be converted to a Float'],
    ['Ratio', '"80"', 'STRING_VALUE can not be converted to a Float'],
    ['Ratio', '1e999', 'DECIMAL_VALUE can not be converted to a Float'],
    ['When', '"2026-01-01T00:00:00Z"', 'STRING_VALUE can not be converted to a Date'],
    ['Data', '7', 'NUMBER_VALUE can not be converted to a Blob'],
    ['Data', '{"0":1}', 'Start of structure or map found where not expected.'],
    ['Names', '"a"', 'STRING_VALUE can not be converted to a list'],
    ['Names', '{"0":"a"}', 'Start of structure or map found where not expected.'],
    ['Names', '["a",1]', 'NUMBER_VALUE can not be converted to a String'],
    ['Tags', '[]', 'Start of list found where not expected'],
    ['Tags', '{"a":1}', 'NUMBER_VALUE can not be converted to a String'],
    ['Inner', '"x"', 'STRING_VALUE can not be converted to a structure'],
    ['Inners', '[{"Text":1}]', 'NUMBER_VALUE can not be converted to a String'],
  ])('%s: %s', (member, json, text) => {
    expect(refusal(`{"${member}":${json}}`)).toBe(text);
  });
});

describe('a blob', () => {
  it('is what it was before base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
        const Data = Buffer.from(bytes).toString('base64');
        expect(decode({ Data })['Data']).toEqual(Buffer.from(bytes));
      }),
    );
  });

  // RFC 4648, section 4.
  const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

  it('must be padded base64 of the standard alphabet', () => {
    // 'Ł' and the wide 'Ａ' end in the byte of a letter of the alphabet.
    const unit = fc.constantFrom(...'AQZaz09+/=-_ \n.,Ł', 'Ａ', '\u0000', '😀');
    const text = fc.oneof(
      fc.string({ unit, maxLength: 12 }),
      fc
        .tuple(fc.base64String({ maxLength: 40 }), fc.nat(40), unit)
        .map(([good, at, bad]) => good.slice(0, at) + bad + good.slice(at + bad.length)),
    );
    fc.assert(
      fc.property(text, (Data) => {
        const body = JSON.stringify({ Data });
        if (BASE64.test(Data)) expect(decodeBody(body, EVERYTHING)['Data']).toBeInstanceOf(Buffer);
        else expect(refusal(body)).toBe('A Blob is not valid base64.');
      }),
      { numRuns: 1000, examples: [['ŁAAA'], ['A===']] },
    );
  });
});

describe.each(apiOperations)('$name', ({ name, input }) => {
  it('reads its input without loss: written again it is the same', () => {
    fc.assert(
      fc.property(validInput(name), (given) => {
        const body = JSON.stringify(given);
        // A decoded input is of its shape's type only after validation, which every valid input passes.
        const again: unknown = JSON.parse(encodeBody(decodeBody(body, input), input));
        expect(again).toEqual(JSON.parse(body));
      }),
      { numRuns: 30 },
    );
  });
});
