/** `recollect redrive`: the command line, and what is done with which letters. */
import { describe, expect, it } from 'vitest';
import type { Choice } from '../../../infra/commands/redrive/choice.ts';
import type { DeadLetter } from '../../../infra/commands/redrive/letters.ts';
import { describe as described, redrive } from '../../../infra/commands/redrive/redrive.ts';
import { ran } from '../../support/recollect.ts';

function letter(id: string, code: string, object: string): DeadLetter {
  return {
    id,
    code,
    body: `{"about":"${object}"}`,
    objects: [`uploads/${object}`],
    message: `Because of ${code}.`,
    sentAt: new Date('2030-01-02T03:04:05Z'),
    receipt: `receipt of ${id}`,
  };
}

/** Letters that note what is done with them. */
function queue() {
  const all = [
    letter('aaaa1111-0', 'InvalidImageFormatException', 'family/a.txt'),
    letter('bbbb2222-0', 'ResourceNotFoundException', 'nobody/b.jpg'),
    letter('bbbb3333-0', 'ResourceNotFoundException', 'nobody/c.jpg'),
  ];
  const done: string[] = [];
  const note = (what: string) => async (one: DeadLetter) => {
    done.push(`${what} ${one.id}`);
  };
  const letters = {
    take: async () => all,
    send: note('send'),
    delete: note('delete'),
    release: note('release'),
  };
  return { all, done, letters };
}

type Letters = ReturnType<typeof queue>['letters'];

const carryOut = async (
  letters: Letters,
  action: 'list' | 'send' | 'delete',
  choice: Partial<Choice>,
  signal = new AbortController().signal,
) => {
  const request = { action, choice: { all: false, reasons: [], ids: [], ...choice } };
  return described(request, await redrive(request, letters, signal));
};

describe('redrive', () => {
  it('shows letters with their reasons, and releases them', async () => {
    const { done, letters } = queue();
    expect(
      await carryOut(letters, 'list', { all: true }),
    ).toBe(`aaaa1111  2030-01-02T03:04:05.000Z  uploads/family/a.txt
          InvalidImageFormatException: Because of InvalidImageFormatException.
bbbb2222  2030-01-02T03:04:05.000Z  uploads/nobody/b.jpg
          ResourceNotFoundException: Because of ResourceNotFoundException.
bbbb3333  2030-01-02T03:04:05.000Z  uploads/nobody/c.jpg
          ResourceNotFoundException: Because of ResourceNotFoundException.
3 dead letters. Try them again: recollect redrive send ID... | --reason CODE | --all`);
    expect(done).toEqual(['release aaaa1111-0', 'release bbbb2222-0', 'release bbbb3333-0']);
  });

  it('says that there is nothing', async () => {
    const none = { ...queue().letters, take: async () => [] };
    expect(await carryOut(none, 'list', { all: true })).toBe('There are no dead letters.');
  });

  it.each<['send' | 'delete', Partial<Choice>, string[]]>([
    ['send', { all: true }, ['aaaa1111-0', 'bbbb2222-0', 'bbbb3333-0']],
    ['send', { ids: ['bbbb2', 'aaaa'] }, ['aaaa1111-0', 'bbbb2222-0']],
    ['send', { reasons: ['ResourceNotFoundException'] }, ['bbbb2222-0', 'bbbb3333-0']],
    ['send', { ids: ['cccc'] }, []],
    ['delete', { ids: ['bbbb3333'] }, ['bbbb3333-0']],
  ])(
    'does what is asked with the chosen ones, and releases the others: %s %j',
    async (action, choice, ids) => {
      const { all, done, letters } = queue();
      const said = await carryOut(letters, action, choice);
      expect(done.filter((one) => one.startsWith(action))).toEqual(
        ids.map((id) => `${action} ${id}`),
      );
      expect(done).toHaveLength(all.length);
      const left = all.length - ids.length;
      expect(said).toBe(
        `${ids.length} ${action === 'send' ? 'sent again' : 'deleted'}, ${left} left.`,
      );
    },
  );

  it('stops between two letters when it is interrupted, and releases the rest', async () => {
    const { done, letters } = queue();
    const interruption = new AbortController();
    const send = async (one: DeadLetter) => {
      done.push(`send ${one.id}`);
      interruption.abort();
    };
    const said = await carryOut({ ...letters, send }, 'send', { all: true }, interruption.signal);
    expect(said).toBe('1 sent again, 2 left.');
    expect(done).toEqual(['send aaaa1111-0', 'release bbbb2222-0', 'release bbbb3333-0']);
  });

  it('releases what is left when it fails in the middle', async () => {
    const { done, letters } = queue();
    const send = async (one: DeadLetter) => {
      if (one.id.startsWith('bbbb2')) throw new Error('The network is gone.');
      done.push(`send ${one.id}`);
    };
    await expect(carryOut({ ...letters, send }, 'send', { all: true })).rejects.toThrow('network');
    expect(done).toEqual(['send aaaa1111-0', 'release bbbb2222-0', 'release bbbb3333-0']);
  });
});

describe('its command line', () => {
  it.each([
    [['burn'], 'What is "burn"?'],
    [['send'], 'Say which: ids, --reason or --all.'],
    [['send', 'abcd', '--all'], 'Say which: ids, --reason or --all.'],
    [['delete'], 'Say which: ids, --reason or --all.'],
    [['send', 'abc'], '"abc" is no beginning of an id'],
    [['send', 'hello'], '"hello" is no beginning of an id'],
    [['--stack', '1st'], 'cannot be the name of a stack'],
    [['--stack', 'A', '--endpoint', 'http://localhost'], 'Either --stack or --endpoint.'],
    [['--endpoint', 'here'], 'An endpoint is'],
    [['--al'], '--al'],
  ])('may be wrong: %j', async (args, text) => {
    const { code, said } = await ran(['redrive', ...args]);
    expect(said).toContain(text);
    expect(code).toBe(2);
  });

  it('says what to do where nobody listens', async () => {
    const { code, said } = await ran(['redrive', '--endpoint', 'http://127.0.0.1:9']);
    expect(said).toMatch(/^Nobody listens on 127\.0\.0\.1:9\. Start the service/);
    expect(code).toBe(1);
  });
});
