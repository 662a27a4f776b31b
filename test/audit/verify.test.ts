/** Whatever is done to the lines of a trail is found, and where; what was not touched is not suspected. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditLine, type Heads, hashOf, TrailCheck } from '../../layers/audit/index.ts';
import { BEGINNING, follow, type Head } from '../../layers/audit/line.ts';

const DAY = 24 * 60 * 60;
const NOW = 1_800_000_000;

/** Lines of two chains, one after the other, kept for a day each. */
function trail(lengths: readonly number[]): { lines: string[]; heads: Heads } {
  const lines: string[] = [];
  const heads: Record<string, { Sequence: number; Sha256: string }> = {};
  lengths.forEach((length, i) => {
    const chain = String(i).padStart(2, '0');
    let head: Head = BEGINNING;
    for (let n = 0; n < length; n++) {
      const entry = {
        Time: new Date((NOW - 1000 + n) * 1000).toISOString(),
        RequestId: `request-${n}`,
        Operation: 'SearchFaces',
        Status: 200,
      };
      const followed = follow(chain, head, entry, NOW - 1000 + n + DAY);
      head = followed.head;
      lines.push(followed.text);
      heads[chain] = { Sequence: head.sequence, Sha256: head.hash };
    }
  });
  return { lines, heads };
}

function problems(lines: readonly string[], heads: Heads, earlier: Heads = {}, at = NOW) {
  const check = new TrailCheck(at, earlier);
  for (const line of lines) check.add(line);
  check.end(heads);
  return check.problems;
}

const lengths = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }));
const withPlace = lengths.chain((given) =>
  fc.tuple(fc.constant(given), fc.nat({ max: given[0] + given[1] - 1 })),
);

describe('a trail', () => {
  it('that nobody touched has no problems', () => {
    fc.assert(
      fc.property(lengths, (given) => {
        const { lines, heads } = trail(given);
        expect(problems(lines, heads)).toEqual([]);
      }),
    );
  });

  it('without one of its lines has, wherever that was, also at an end', () => {
    fc.assert(
      fc.property(withPlace, ([given, place]) => {
        const { lines, heads } = trail(given);
        expect(problems(lines.toSpliced(place, 1), heads).length).toBeGreaterThan(0);
      }),
    );
  });

  it('with an altered line has, whichever it is', () => {
    fc.assert(
      fc.property(withPlace, ([given, place]) => {
        const { lines, heads } = trail(given);
        const altered = lines[place]!.replace('SearchFaces', 'ListFaces');
        expect(problems(lines.with(place, altered), heads).length).toBeGreaterThan(0);
      }),
    );
  });

  it('with a line too many, or two in another order, has', () => {
    fc.assert(
      fc.property(withPlace, ([given, place]) => {
        const { lines, heads } = trail(given);
        const doubled = lines.toSpliced(place, 0, lines[place]!);
        expect(problems(doubled, heads).length).toBeGreaterThan(0);
      }),
    );
    const { lines, heads } = trail([3]);
    expect(problems([lines[1]!, lines[0]!, lines[2]!], heads).length).toBeGreaterThan(0);
  });

  it('says which line it is', () => {
    const { lines, heads } = trail([5]);
    expect(problems(lines.toSpliced(2, 1), heads)).toEqual([
      { line: 3, text: 'It is number 4; 3 to 3 of chain 00 are missing before it.' },
    ]);
    expect(problems(lines.with(1, lines[1]!.replace('200', '400')), heads)).toEqual([
      { line: 3, text: 'The line before it in chain 00, number 2, is not as it was written.' },
    ]);
    expect(problems(lines.slice(0, -1), heads)).toEqual([
      { text: 'Chain 00 ends with number 4, and must end with 5.' },
    ]);
  });

  it('may begin where its lines have expired, and nowhere else', () => {
    const { lines, heads } = trail([5]);
    const late = NOW - 1000 + DAY + 1;
    expect(problems(lines.slice(2), heads, {}, late)).toEqual([]);
    expect(problems(lines.slice(2), heads, {}, NOW)).toEqual([
      { line: 1, text: 'Numbers 1 to 2 of chain 00 are missing before it, and had not expired.' },
    ]);
  });

  it('that was written anew from some line on is another than before', () => {
    const before = trail([5]);
    // By somebody who can make hashes too.
    let head: Head = BEGINNING;
    const forged = before.lines.map((text) => {
      const line = JSON.parse(text) as AuditLine;
      const { Time, RequestId, Status } = line;
      const Operation = line.Sequence === 3 ? 'ListFaces' : line.Operation;
      const next = follow('00', head, { Time, RequestId, Operation, Status }, line.Expires);
      head = next.head;
      return next.text;
    });
    const heads = { '00': { Sequence: 5, Sha256: hashOf(forged[4]!) } };
    expect(problems(forged, heads)).toEqual([]);
    expect(problems(forged, heads, before.heads)).toEqual([
      { line: 5, text: 'It is another than in the earlier export.' },
    ]);
    const shorter = { '00': { Sequence: 2, Sha256: hashOf(before.lines[1]!) } };
    expect(problems(before.lines.slice(0, 2), shorter, before.heads)).toEqual([
      { text: 'Chain 00 ends with number 2; in the earlier export it went on to 5.' },
    ]);
  });

  it('keeps no line shorter than those before it', () => {
    const first = follow('00', BEGINNING, ENTRY, 100);
    expect(follow('00', first.head, ENTRY, 50).head.expires).toBe(100);
  });
});

const ENTRY = { Time: '', RequestId: '', Operation: '', Status: 200 };
