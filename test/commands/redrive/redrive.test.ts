/** `npm run redrive`: the command line, and what is done with which letters. */
import { describe, expect, it } from 'vitest';
import {
  RedriveCommandError,
  readRedriveCommand,
} from '../../../infra/commands/redrive/command.ts';
import type { DeadLetter } from '../../../infra/commands/redrive/letters.ts';
import { run } from '../../../infra/commands/redrive/run.ts';

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

const carryOut = (letters: ReturnType<typeof queue>['letters'], ...args: string[]) =>
  run(readRedriveCommand(args), letters);

describe('redrive', () => {
  it('shows letters with their reasons, and releases them', async () => {
    const { done, letters } = queue();
    expect(await carryOut(letters)).toBe(`aaaa1111  2030-01-02T03:04:05.000Z  uploads/family/a.txt
          InvalidImageFormatException: Because of InvalidImageFormatException.
bbbb2222  2030-01-02T03:04:05.000Z  uploads/nobody/b.jpg
          ResourceNotFoundException: Because of ResourceNotFoundException.
bbbb3333  2030-01-02T03:04:05.000Z  uploads/nobody/c.jpg
          ResourceNotFoundException: Because of ResourceNotFoundException.
3 dead letters. Try them again: npm run redrive -- send ID... | --reason CODE | --all`);
    expect(done).toEqual(['release aaaa1111-0', 'release bbbb2222-0', 'release bbbb3333-0']);
  });

  it('says that there is nothing', async () => {
    const none = { ...queue().letters, take: async () => [] };
    expect(await carryOut(none)).toBe('There are no dead letters.');
  });

  it.each([
    [
      ['send', '--all'],
      ['aaaa1111-0', 'bbbb2222-0', 'bbbb3333-0'],
    ],
    [
      ['send', 'bbbb2', 'aaaa'],
      ['aaaa1111-0', 'bbbb2222-0'],
    ],
    [
      ['send', '--reason', 'ResourceNotFoundException'],
      ['bbbb2222-0', 'bbbb3333-0'],
    ],
    [['send', 'cccc'], []],
    [['delete', 'bbbb3333'], ['bbbb3333-0']],
  ])('does what is asked with the chosen ones, and releases the others: %j', async (args, ids) => {
    const { all, done, letters } = queue();
    const said = await carryOut(letters, ...args);
    expect(done.filter((one) => one.startsWith(args[0] ?? ''))).toEqual(
      ids.map((id) => `${args[0]} ${id}`),
    );
    expect(done).toHaveLength(all.length);
    const left = all.length - ids.length;
    expect(said).toBe(
      `${ids.length} ${args[0] === 'send' ? 'sent again' : 'deleted'}, ${left} left.`,
    );
  });

  it('releases what is left when it fails in the middle', async () => {
    const { done, letters } = queue();
    const send = async (one: DeadLetter) => {
      if (one.id.startsWith('bbbb2')) throw new Error('The network is gone.');
      done.push(`send ${one.id}`);
    };
    await expect(carryOut({ ...letters, send }, 'send', '--all')).rejects.toThrow('network');
    expect(done).toEqual(['send aaaa1111-0', 'release bbbb2222-0', 'release bbbb3333-0']);
  });
});

describe('its command line', () => {
  it.each([
    [['burn'], 'There is no command "burn".'],
    [['send'], 'Say which to send'],
    [['send', 'abcd', '--all'], 'Say which to send'],
    [['delete'], 'Say which to delete'],
    [['list', 'abcd'], 'All are shown'],
    [['send', 'abc'], '"abc" is no beginning of an id'],
    [['send', 'hello'], '"hello" is no beginning of an id'],
    [['--stack', '1st'], 'cannot be the name of a stack'],
    [['--stack', 'A', '--endpoint', 'http://localhost'], 'Either --stack or --endpoint.'],
    [['--endpoint', 'here'], 'An endpoint is'],
    [['--al'], '--al'],
  ])('may be wrong: %j', (args, text) => {
    expect(() => readRedriveCommand(args)).toThrow(RedriveCommandError);
    expect(() => readRedriveCommand(args)).toThrow(text);
  });
});
