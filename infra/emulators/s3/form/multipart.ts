/**
 * Reads an upload form (multipart/form-data, RFC 7578) as far as its file, and hands over the file as it comes.
 *
 * The file is the part named `file`, with or without a file name. What stands before it are the fields; what
 * stands after it is ignored, but has to be there: a form without its end was cut off. Memory does not grow
 * with the form.
 */
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { type IncomingBody, isDisconnect } from '../body/receive.ts';
import { S3Error } from '../errors.ts';

/** Of the names and values of all fields before the file, as S3 has it. */
const MAX_FIELD_BYTES = 20_480;

/** With its delimiter and header a part takes some 80 bytes, whatever it holds. */
const MAX_PARTS = 256;
const MAX_HEADER_BYTES = 8192;

export interface Field {
  /** As it was sent. */
  readonly name: string;
  readonly value: string;
}

export interface Form {
  /** Of the object; not empty. */
  readonly key: string;
  /** By lower-case name; the values of a field that was sent twice are joined with `,`. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Throws what `openForm` throws, and ends only after the end of the form was seen. */
  readonly file: AsyncIterable<Buffer>;
  /** To be called when nobody reads the file any more, whether or not it was read. */
  close(): void;
}

/**
 * @throws S3Error PreconditionFailed, MalformedPOSTRequest, MaxPostPreDataLengthExceeded, IncompleteBody;
 *   InvalidArgument unless there are a key and one file
 */
export async function openForm({ headers, body }: IncomingBody): Promise<Form> {
  const parser = createParser(headers['content-type'] ?? '');
  const closed = new AbortController();
  const whole: Promise<void> = pipeline(body, parser, { signal: closed.signal }).catch(
    (error: unknown) => {
      throw asRefusal(error);
    },
  );
  return new Promise((resolve, reject) => {
    const fields = new Fields();
    const tooLong = () => parser.destroy(new S3Error('MaxPostPreDataLengthExceeded'));
    let isOpen = false;
    parser.on(
      'field',
      (name: string | undefined, value: string, _isNameCut: boolean, isValueCut: boolean) => {
        if (isOpen) return;
        if (name === undefined) parser.destroy(new S3Error('MalformedPOSTRequest'));
        else if (isValueCut || fields.add(name, value) > MAX_FIELD_BYTES) tooLong();
      },
    );
    parser.on('partsLimit', tooLong);
    parser.on('filesLimit', () => parser.destroy(notOneFile(2)));
    parser.once('file', (_name: string, stream: BusboyFileStream, filename: string | undefined) => {
      isOpen = true;
      // What goes wrong is told by `whole`.
      stream.on('error', () => undefined);
      whole.catch((error: Error) => stream.destroy(error));
      const expanded = fields.expand(filename);
      const key = expanded.get('key')?.value ?? '';
      if (key === '') {
        parser.destroy(missingField('key'));
        return;
      }
      const close = () => closed.abort();
      resolve({ key, fields: expanded, file: bytesOf(stream, whole), close });
    });
    whole.then(() => reject(notOneFile(0)), reject);
  });
}

/** @throws S3Error PreconditionFailed for what is no form, MalformedPOSTRequest if there is no boundary */
function createParser(contentType: string): BusboyInstance {
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    const Condition = 'Bucket POST must be of the enclosure-type multipart/form-data';
    throw new S3Error('PreconditionFailed', { details: { Condition } });
  }
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name) => name?.toLowerCase() === 'file',
      limits: {
        fieldSize: MAX_FIELD_BYTES,
        files: 1,
        parts: MAX_PARTS,
        headerSize: MAX_HEADER_BYTES,
      },
    });
  } catch (cause) {
    throw new S3Error('MalformedPOSTRequest', { cause });
  }
}

class Fields {
  readonly #fields = new Map<string, Field>();
  #bytes = 0;

  /** Returns how many bytes all names and values have. */
  add(name: string, value: string): number {
    this.#bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    const before = this.#fields.get(name.toLowerCase());
    const joined = before === undefined ? value : `${before.value},${value}`;
    this.#fields.set(name.toLowerCase(), { name, value: joined });
    return this.#bytes;
  }

  /** `${filename}` stands for the name of the file, in every field; for itself where the file has none. */
  expand(filename: string | undefined): ReadonlyMap<string, Field> {
    if (filename === undefined) return this.#fields;
    const expanded = [...this.#fields].map(([key, { name, value }]): [string, Field] => [
      key,
      { name, value: value.replaceAll(VARIABLE, () => filename) },
    ]);
    return new Map(expanded);
  }
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is S3's variable
const VARIABLE = '${filename}';

async function* bytesOf(stream: BusboyFileStream, whole: Promise<void>): AsyncGenerator<Buffer> {
  try {
    for await (const data of stream) yield data;
  } catch (error) {
    await whole;
    throw error;
  }
  await whole;
}

/** The answer to a form without a field that it must have before its file. */
export function missingField(name: string): S3Error {
  return new S3Error('InvalidArgument', {
    message: `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    details: { ArgumentName: name },
  });
}

function notOneFile(count: number): S3Error {
  return new S3Error('InvalidArgument', {
    message: 'POST requires exactly one file upload per request.',
    details: { ArgumentName: 'file', ArgumentValue: String(count) },
  });
}

function asRefusal(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  return new S3Error(isDisconnect(error) ? 'IncompleteBody' : 'MalformedPOSTRequest', {
    cause: error,
  });
}
