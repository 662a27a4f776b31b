/** `npm run bench:search:usearch`: fetches usearch, which `npm run bench:search` compares with, into `.cache`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { command, Failure, runScript } from '../../infra/commands/cli/index.ts';
import { OTHERS_FOLDER, USEARCH } from './search/others.ts';

await runScript(
  command({
    name: 'bench:search:usearch',
    summary: 'fetches the library that bench:search compares with, into .cache',
    options: {},
    run: async (_asked, { print }) => {
      mkdirSync(OTHERS_FOLDER, { recursive: true });
      writeFileSync(path.join(OTHERS_FOLDER, 'package.json'), '{"private":true}\n');
      // Its binaries are in the package: no install script is needed.
      const flags = [
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--no-package-lock',
        '--engine-strict=false',
      ];
      const { status, stderr } = spawnSync('npm', ['install', ...flags, USEARCH], {
        cwd: OTHERS_FOLDER,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Failure(`npm cannot install ${USEARCH}.\n${stderr}`);
      print(`${USEARCH} is in ${OTHERS_FOLDER}.`);
      return 0;
    },
  }),
);
