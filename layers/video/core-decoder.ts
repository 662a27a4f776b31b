/**
 * Decoding with FFmpeg as WebAssembly, in the thread that asks. Coded pictures are a file of the module's own
 * file system, and pictures come out of a device of it, so that no more than one of them is held.
 */
import { toRgb } from './colours.ts';
import {
  type Decoded,
  type DecodedPicture,
  type Decoder,
  type DecodeTask,
  FFMPEG_INPUT,
  FFMPEG_OUTPUT,
} from './decoder.ts';
import { DecoderError } from './errors.ts';
import { createFfmpegCore, type FfmpegCore } from './ffmpeg-core.ts';
import { Y4mReader } from './y4m.ts';

/** A module's memory grows and never shrinks; a new one is made after so many runs. */
const RUNS_A_MODULE = 32;
const WORDS = 400;
const [INPUT, OUTPUT] = ['/in', '/out'];
/** Any that the module does not use itself. */
const DEVICE_MAJOR = 64;

interface Loaded {
  readonly core: FfmpegCore;
  /** Where what is written to the device goes. */
  sink: (bytes: Uint8Array) => void;
  runs: number;
}

export class CoreDecoder implements Decoder {
  readonly name = 'FFmpeg as WebAssembly';
  #loaded: Loaded | undefined;

  async decode(task: DecodeTask, signal: AbortSignal): Promise<Decoded> {
    signal.throwIfAborted();
    const loaded = await this.#load();
    loaded.runs += 1;
    const wanted: DecodedPicture[] = [];
    const reader = new Y4mReader(task.wanted, (index, yuv) => {
      wanted.push({ index, picture: toRgb(yuv, task.matrix, task.rotation) });
    });
    let failure: { readonly error: unknown } | undefined;
    // Nothing may be thrown through WebAssembly: its stack would not be unwound.
    loaded.sink = (bytes) => {
      try {
        if (failure === undefined) reader.push(bytes);
      } catch (error) {
        failure = { error };
      }
    };
    let said = '';
    const { core } = loaded;
    core.setLogger(({ message }) => {
      said = `${said}${message}\n`.slice(-WORDS);
    });
    let code: number;
    try {
      core.FS.writeFile(INPUT, task.stream);
      const input = [...FFMPEG_INPUT[task.codec], '-i', INPUT];
      code = core.exec('-nostdin', ...input, ...FFMPEG_OUTPUT, OUTPUT);
      core.FS.unlink(INPUT);
      core.reset();
    } catch (cause) {
      this.#loaded = undefined;
      throw new DecoderError('FFmpeg died of the video.', { cause });
    }
    if (failure !== undefined) throw failure.error;
    if (code !== 0 && reader.count === 0) {
      this.#loaded = undefined;
      throw new DecoderError(`FFmpeg ended with ${code}: ${said.trim()}`);
    }
    return { wanted, count: reader.count };
  }

  async close(): Promise<void> {
    this.#loaded = undefined;
  }

  async #load(): Promise<Loaded> {
    if (this.#loaded !== undefined && this.#loaded.runs < RUNS_A_MODULE) return this.#loaded;
    this.#loaded = undefined;
    const core = await createFfmpegCore();
    const loaded: Loaded = { core, sink: () => undefined, runs: 0 };
    const { FS } = core;
    const device = FS.makedev(DEVICE_MAJOR, 0);
    FS.registerDevice(device, {
      open: () => undefined,
      close: () => undefined,
      read: () => 0,
      write: (_stream, buffer, offset, length) => {
        loaded.sink(buffer.subarray(offset, offset + length));
        return length;
      },
      llseek: () => 0,
    });
    FS.mkdev(OUTPUT, device);
    this.#loaded = loaded;
    return loaded;
  }
}
