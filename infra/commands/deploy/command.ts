/** `recollect synth` and `recollect deploy`: the CDK's own commands on Recollect's app. */
import { command } from '../cli/index.ts';

const cdkArguments = {
  placeholder: '[ARGUMENTS]',
  least: 0,
  most: Number.POSITIVE_INFINITY,
  missing: '',
};

export const synth = command({
  name: 'synth',
  summary: 'builds what would be deployed to AWS, and checks it; needs no account',
  description:
    'All arguments go to `cdk synth --quiet`, such as -c architecture=x64. The settings are\nin docs/deploy.md.',
  operands: cdkArguments,
  handsOn: true,
  options: {},
  run: async ({ operands }) => {
    const { cdk } = await import('./cdk.ts');
    return cdk(['synth', '--quiet', ...operands]);
  },
});

export const deploy = command({
  name: 'deploy',
  summary: 'deploys to your AWS account, with the credentials and region of your environment',
  description:
    'All arguments go to `cdk deploy`, such as -c uploads=true. The settings are in docs/deploy.md.\nOnce for an account and region, run `npx cdk bootstrap` before. Where the account has room, the\nfunction behind the address for SDKs gets a lid of 20 executions at once; -c sdkConcurrency=...',
  operands: cdkArguments,
  handsOn: true,
  options: {},
  run: async ({ operands }, { say }) => {
    const [{ cdk }, { lidFor, readAccount }] = await Promise.all([
      import('./cdk.ts'),
      import('./lid.ts'),
    ]);
    const lid = lidFor(operands, await readAccount());
    if (lid !== undefined) say(lid.says);
    return cdk(['deploy', ...operands, ...(lid?.arguments ?? [])]);
  },
});
