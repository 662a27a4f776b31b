/** Opens what an operator's command works on, has it done, and prints what came of it. */
import { EXIT, type Surroundings, targetOf, withProgress } from '../cli/index.ts';
import { openTarget } from './open.ts';
import { operate, type Report, type Request } from './operate.ts';

export interface Asked extends Request {
  readonly stack: string | undefined;
  readonly data: string;
  readonly json: boolean;
}

/** @returns 1 where something is wrong in the end */
export async function run(asked: Asked, surroundings: Surroundings): Promise<number> {
  const signal = surroundings.interruption();
  const opened = await openTarget(targetOf(asked), asked.data);
  const reports: Report[] = [];
  const verb = asked.action === 'fold' ? 'Folding' : 'Verifying';
  const describe = () =>
    `${verb}, ${reports.length} of ${asked.collections.length || 'all'} collections done`;
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
