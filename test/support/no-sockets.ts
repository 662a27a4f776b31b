/** Of unit tests: whoever listens or starts a process belongs among the others, in vitest.config.ts. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

function refuse(what: string) {
  return (): never => {
    throw new Error(`A unit test ${what}; list its file in vitest.config.ts.`);
  };
}

net.Server.prototype.listen = refuse('listens on a socket');
net.Socket.prototype.connect = refuse('connects to a socket');
childProcess.spawn = refuse('starts a process');
childProcess.execFile = Object.assign(refuse('starts a process'), {
  __promisify__: refuse('starts a process'),
});
syncBuiltinESMExports();
