/** A process that looks at photographs with one subject. Its arguments: which, and where the peers are installed. */
import { serve } from '../side-by-side.ts';
import { lookerOf, type SubjectName } from './lookers.ts';

const [subject, folder] = process.argv.slice(2) as [SubjectName, string];
const looker = lookerOf(subject, folder);
// What goes wrong is told with the first photograph.
looker.catch(() => {});
serve(async (bytes) => (await looker)(bytes));
