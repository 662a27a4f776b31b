/** What is found beside photographs and not imported: how much of what, and why. */
import { shown } from './file-name.ts';

export interface PassedOver {
  /** Below the folder or the prefix, with slashes. */
  readonly name: string;
  /**
   * Hidden by a dot; another ending; a link to a folder, which could go in circles, or to nothing; a pipe or the
   * like; or what cannot be read.
   */
  readonly why: 'hidden' | 'ending' | 'link' | 'special' | 'unreadable';
  /** Of the system, in people's words, of what cannot be read. */
  readonly reason?: string;
}

/** So many of what cannot be read are named. */
const NAMED = 5;

/** Counts, so that a million files of other kinds take no memory. */
export class PassedOverCount {
  readonly #counts = new Map<PassedOver['why'], number>();
  readonly #endings = new Map<string, number>();
  readonly unreadable: PassedOver[] = [];

  readonly add = (passed: PassedOver): void => {
    this.#counts.set(passed.why, (this.#counts.get(passed.why) ?? 0) + 1);
    if (passed.why === 'unreadable') this.unreadable.push(passed);
    if (passed.why !== 'ending') return;
    const ending = /\.[^./]{1,10}$/.exec(shown(passed.name))?.[0].toLowerCase() ?? 'no ending';
    this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1);
  };

  /** By reason, for programs. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** A line for each reason. */
  lines(): string[] {
    const count = (why: PassedOver['why']) => this.#counts.get(why) ?? 0;
    const line = (why: PassedOver['why'], text: string) =>
      count(why) === 0 ? [] : [`${count(why)} passed over: ${text}`];
    const endings = [...this.#endings]
      .sort(([, a], [, b]) => b - a)
      .map(([ending, number]) => `${ending} ${number}`)
      .join(', ');
    const named = this.unreadable
      .slice(0, NAMED)
      .map(({ name, reason }) => `${shown(name)} (${reason})`)
      .join(', ');
    const more = count('unreadable') > NAMED ? ', ...' : '';
    return [
      ...line('ending', `the name does not end as that of a JPEG or PNG does (${endings}).`),
      ...line('hidden', 'the name begins with a dot.'),
      ...line('link', 'a link that leads to no file.'),
      ...line('special', 'neither a file nor a folder.'),
      ...line('unreadable', `cannot be read: ${named}${more}.`),
    ];
  }
}
