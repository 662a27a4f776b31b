/** `recollect doctor`: whether a deployed stack works, and what to do where it does not. */
import { command, JSON_OUTPUT, text } from '../cli/index.ts';

export const doctor = command({
  name: 'doctor',
  summary: 'tries a deployed stack out, and says in a line each what works and what to do',
  description: `Calls every address with a signature and with a token, with a key that it makes for a day and revokes;
has one picture looked at; reads quotas, alarms and who is told of them. Needs AWS credentials that may do that.
Exits with 1 if something does not work.`,
  options: {
    stack: text({
      placeholder: 'NAME',
      help: 'the deployed stack, with the AWS credentials and region of your environment',
      fallback: 'Recollect',
    }),
    json: JSON_OUTPUT,
  },
  run: async ({ options }, surroundings) => {
    const { run } = await import('./run.ts');
    return run(options, surroundings);
  },
});
