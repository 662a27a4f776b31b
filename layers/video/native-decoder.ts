/**
 * An FFmpeg that is installed: a process for each run, which reads coded pictures from a pipe and writes pictures
 * to another. It is told to open nothing else, so that no video can make it read a file or reach the network.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { toRgb } from './colours.ts';
import {
  type Decoded,
  type DecodedPicture,
  type Decoder,
  type DecodeTask,
  FFMPEG_INPUT,
  FFMPEG_OUTPUT,
  PATIENCE_S,
} from './decoder.ts';
import { DecoderError } from './errors.ts';
import { Y4mReader } from './y4m.ts';

/** The last of what FFmpeg says of a failure. */
const WORDS = 400;

export class NativeDecoder implements Decoder {
  readonly name: string;
  readonly #program: string;

  /** @param program the path of FFmpeg, 5.1 or later */
  constructor(program: string) {
    this.#program = program;
    this.name = program;
  }

  async decode(task: DecodeTask, signal: AbortSignal): Promise<Decoded> {
    signal.throwIfAborted();
    const wanted: DecodedPicture[] = [];
    const reader = new Y4mReader(task.wanted, (index, yuv) => {
      wanted.push({ index, picture: toRgb(yuv, task.matrix, task.rotation) });
    });
    const child = spawn(this.#program, argumentsFor(task), {
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_S * 1000)]),
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-WORDS);
    });
    // It may have gone before it has read all; its exit says why.
    child.stdin.on('error', () => undefined).end(task.stream);
    const closed = once(child, 'close');
    closed.catch(() => undefined);
    try {
      for await (const bytes of child.stdout) reader.push(bytes);
      const [code] = await closed;
      if (code !== 0 && reader.count === 0) {
        throw new DecoderError(`FFmpeg ended with ${code}: ${said.trim()}`);
      }
    } catch (error) {
      child.kill('SIGKILL');
      signal.throwIfAborted();
      if (error instanceof Error && error.name === 'AbortError') {
        throw new DecoderError(`Decoding took longer than ${PATIENCE_S} seconds.`);
      }
      throw error;
    }
    return { wanted, count: reader.count };
  }

  async close(): Promise<void> {}
}

function argumentsFor({ codec }: DecodeTask): string[] {
  const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-threads', '1'];
  const input = ['-protocol_whitelist', 'pipe', ...FFMPEG_INPUT[codec], '-i', 'pipe:0'];
  return [...quiet, ...input, ...FFMPEG_OUTPUT, 'pipe:1'];
}
