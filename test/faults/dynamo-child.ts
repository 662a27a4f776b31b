/** A local DynamoDB in a process of its own, to be killed: prints its endpoint when it listens. */
import { startDynamo } from '../../infra/emulators/dynamo/index.ts';

const [path = ''] = process.argv.slice(2);
const { endpoint } = await startDynamo({ path });
process.stdout.write(`${endpoint}\n`);
