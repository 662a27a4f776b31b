/** `recollect verify-receipt` and `recollect verify-deletion`: whether what was deleted is gone, and who says so. */
import { command, DATA, JSON_OUTPUT, onlyOneOf, STACK, text } from '../cli/index.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const verifyReceipt = command({
  name: 'verify-receipt',
  summary: 'says whether receipts of deletions are genuine, and what they say; needs no service',
  description: `FILE is what get-deletion-receipts --json prints. A receipt brings no key that it could be
verified with: take the public key from the service once, and keep it where only you can change it.
Exit code 1 where a receipt is forged, or none speaks of what --of names.`,
  operands: {
    placeholder: 'FILE',
    least: 1,
    most: 1,
    missing: 'Say which file the receipts are in.',
  },
  options: {
    key: text({
      placeholder: 'FILE',
      help: 'the public key, as PEM; receipts/public.pem of the data folder without it',
    }),
    of: text({ placeholder: 'ID', help: 'only receipts that speak of this face or user' }),
    data: DATA,
    json: JSON_OUTPUT,
  },
  check: ({ given }) => onlyOneOf(given, 'key', 'data'),
  run: async ({ operands, options }, surroundings) => {
    const { run } = await import('./verify-receipt.ts');
    return run({ file: operands[0] ?? '', ...options }, surroundings);
  },
});

export const verifyDeletion = command({
  name: 'verify-deletion',
  summary: 'looks for a deleted face or user in every place where something is kept',
  description: `Stop the service on this machine first; two cannot have the data folder open.
Exit code 1 where something was found.`,
  options: {
    face: text({
      placeholder: 'ID',
      help: 'its FaceId',
      problem: (id) => (UUID.test(id) ? undefined : `"${id}" is no FaceId.`),
    }),
    user: text({ placeholder: 'ID', help: 'its UserId' }),
    vector: text({
      placeholder: 'FILE',
      help: 'its vector: float32 as they are, as base64, or as a JSON array of numbers',
    }),
    data: DATA,
    stack: STACK,
    json: JSON_OUTPUT,
  },
  check: ({ given, options: { face, user, vector } }) => [
    ...(face || user || vector ? [] : ['Say what to look for: --face, --user or --vector.']),
    ...onlyOneOf(given, 'stack', 'data'),
  ],
  run: async ({ options }, surroundings) => {
    const { run } = await import('./verify-deletion.ts');
    return run(options, surroundings);
  },
});
