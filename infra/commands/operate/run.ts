/** Opens what an operator's command works on, has it done, and prints what came of it. */

import { hasData } from '../../local/data-folder.ts';
import { inspect, mend } from '../../local/inspection.ts';
import { EXIT, type Surroundings, targetOf, withProgress } from '../cli/index.ts';
import { openTarget, TargetError } from './open.ts';
import { operate, type Report, type Request } from './operate.ts';

export interface Asked extends Request {
  readonly stack: string | undefined;
  readonly data: string;
  readonly json: boolean;
}

/** @returns 1 where something is wrong in the end */
export async function run(asked: Asked, surroundings: Surroundings): Promise<number> {
  const signal = surroundings.interruption();
  const target = targetOf(asked);
  const files = target.kind === 'folder' ? await filesOf(target.data, asked) : [];
  if (!asked.json) for (const line of files.flatMap(({ lines }) => lines)) surroundings.print(line);
  const opened = await openTarget(target);
  const reports: Report[] = [...files];
  const verb = asked.action === 'fold' ? 'Folding' : 'Verifying';
  const describe = () =>
    `${verb}, ${reports.length - files.length} of ${asked.collections.length || 'all'} collections done`;
  try {
    await withProgress(surroundings, describe, async () => {
      for await (const report of operate(asked, opened, signal)) {
        reports.push(report);
        if (!asked.json) for (const line of report.lines) surroundings.print(line);
      }
    });
  } finally {
    await opened.close();
  }
  if (asked.json)
    surroundings.print(
      JSON.stringify(
        reports.map(({ details }) => details),
        null,
        2,
      ),
    );
  if (signal.aborted) return EXIT.interrupted;
  return reports.every(({ isWell }) => isWell) ? 0 : EXIT.failed;
}

/** The files of a data folder, before what is in them: nothing that is damaged in them can be compared. */
async function filesOf(data: string, { action, repair = false }: Asked): Promise<Report[]> {
  if (action !== 'verify' || !(await hasData(data))) return [];
  const found = await inspect(data);
  const done = repair ? await mend(data, found) : [];
  const left = done.length > 0 ? await inspect(data) : found;
  const isWell = left.problems.length === 0;
  if (found.damaged.length > 0 && !repair) {
    throw new TargetError(
      [...found.problems, 'Repair with --repair, or restore a backup.'].join('\n'),
    );
  }
  const lines = [
    ...found.problems,
    ...done,
    `${data}: the files are ${isWell ? 'as they were written' : 'NOT WELL'}`,
  ];
  return [{ isWell, lines, details: { data, isWell, problems: found.problems, done } }];
}
