/**
 * Running what was synthesised: each function of a template in a process of its own, with the code, the
 * layer, the environment and the memory that the template gives it, and nothing of this repository.
 *
 * What the template names (table, bucket, queues) are names given by the test; what Lambda adds to the
 * environment is added, with endpoints of emulators in the place of AWS.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const RUNTIME = path.resolve(import.meta.dirname, '../aws/lambda-runtime.mjs');

/** Lambda takes and gives no more than this, in JSON. */
const LARGEST_PAYLOAD = 6 * 1024 * 1024;

export interface Resource {
  readonly Type: string;
  // The CDK declares templates as untyped JSON.
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** A name that CloudFormation puts in, or several with a text between them. */
type Reference =
  | { readonly Ref: string }
  | { readonly 'Fn::Join': readonly [string, readonly (string | { readonly Ref: string })[]] };

interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
  readonly Layers?: readonly { readonly Ref: string }[];
  readonly MemorySize: number;
  readonly Timeout: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, string | Reference>> };
}

type Environment = Readonly<Record<string, string>>;

export interface HostOptions {
  /** The folder of the cloud assembly. */
  readonly assembly: string;
  readonly template: Template;
  /** The name under which a resource of the template is known to the emulators. */
  readonly physicalName: (logicalId: string, type: string) => string;
  /** Goes over what the template says, for all functions or for each by name. */
  readonly environment: Environment | ((name: string) => Environment);
}

export class LambdaHost {
  readonly #options: HostOptions;
  readonly #running = new Map<string, Promise<LambdaProcess>>();

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /**
   * @param name of the construct, such as `IndexFaces`
   * @returns what the function returned. @throws Error with what it threw
   */
  async invoke(name: string, event: unknown): Promise<unknown> {
    return (await this.start(name)).invoke(event);
  }

  /** The process of a function, started unless it runs. */
  start(name: string): Promise<LambdaProcess> {
    const known = this.#running.get(name);
    if (known !== undefined) return known;
    const started = this.#start(name);
    this.#running.set(name, started);
    return started;
  }

  async stop(): Promise<void> {
    const processes = await Promise.allSettled(this.#running.values());
    this.#running.clear();
    for (const started of processes) if (started.status === 'fulfilled') await started.value.stop();
  }

  async #start(name: string): Promise<LambdaProcess> {
    const { assembly, template, environment } = this.#options;
    const properties = functionProperties(template, name);
    // Away from the repository, whose node_modules it would find.
    const folder = await mkdtemp(path.join(tmpdir(), 'recollect-lambda-'));
    await cp(assetFolder(assembly, properties.Code.S3Key), folder, { recursive: true });
    // Lambda lays one over the other; here each keeps its folder. What is no package is in the first.
    const layers = (properties.Layers ?? []).map(({ Ref }) => layerFolder(assembly, template, Ref));
    const [opt = '/opt'] = layers;
    const packages = layers.map((folder) => path.join(folder, 'nodejs/node_modules'));
    const variables = Object.entries(properties.Environment.Variables).map(
      ([key, value]): [string, string] => [
        key,
        typeof value === 'string' ? value.replace(/^\/opt\b/, opt) : this.#resolve(value),
      ],
    );
    const started = new LambdaProcess(folder, properties.Timeout * 1000, {
      PATH: process.env['PATH'] ?? '',
      NODE_PATH: packages.join(path.delimiter),
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(properties.MemorySize),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...Object.fromEntries(variables),
      ...(typeof environment === 'function' ? environment(name) : environment),
    });
    await started.ready;
    return started;
  }

  #resolve(value: string | Reference): string {
    if (typeof value === 'string') return value;
    if ('Ref' in value) return this.#physicalName(value.Ref);
    const [separator, parts] = value['Fn::Join'];
    return parts.map((part) => this.#resolve(part)).join(separator);
  }

  #physicalName(logicalId: string): string {
    const { template, physicalName } = this.#options;
    return physicalName(logicalId, template.Resources[logicalId]?.Type ?? '');
  }
}

export class LambdaProcess {
  /** Milliseconds of processor time for starting Node and for loading the function. */
  readonly ready: Promise<{ readonly start: number; readonly load: number }>;
  /** The same for each answer so far. */
  readonly answered: number[] = [];
  /** What the function has printed so far. */
  readonly output: string[] = [];
  readonly #folder: string;
  readonly #timeout: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    string,
    { resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();

  constructor(folder: string, timeout: number, environment: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#timeout = timeout;
    this.#child = spawn(process.execPath, [RUNTIME], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.output.push(text));
    }
    this.ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message: Message) => {
        if ('ready' in message) resolve(message.ready);
        else this.#settle(message);
      });
      this.#child.once('exit', (code) => {
        const error = new Error(`The function ended with ${code}:\n${this.output.join('')}`);
        reject(error);
        for (const { reject: rejectCall } of this.#waiting.values()) rejectCall(error);
      });
    });
  }

  async invoke(event: unknown): Promise<unknown> {
    await this.ready;
    if (JSON.stringify(event).length > LARGEST_PAYLOAD) {
      throw new RangeError('Lambda takes no event of more than 6 MiB.');
    }
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, event, requestId: id, timeout: this.#timeout });
    });
  }

  /** Of the process, in bytes, at its most so far; where the system tells. */
  async largestMemory(): Promise<number | undefined> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '');
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  }

  async stop(): Promise<void> {
    this.#child.removeAllListeners('exit');
    this.#child.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #settle(message: Answer): void {
    const call = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    this.answered.push(message.cpu);
    if ('error' in message) call?.reject(new Error(message.error));
    else call?.resolve(message.result);
  }
}

type Answer = { readonly id: string; readonly cpu: number } & (
  | { readonly result: unknown }
  | { readonly error: string }
);
type Message = { readonly ready: { readonly start: number; readonly load: number } } | Answer;

export async function readTemplate(assembly: string, stackName: string): Promise<Template> {
  return JSON.parse(await readFile(path.join(assembly, `${stackName}.template.json`), 'utf8'));
}

/** @throws Error if the template has no function of a construct of that name */
export function functionProperties({ Resources }: Template, name: string): FunctionProperties {
  const found = Object.entries(Resources).find(
    ([logicalId, { Type }]) =>
      Type === 'AWS::Lambda::Function' &&
      new RegExp(`^(Functions|Background|Scanners|Uploads|Videos)${name}Function[0-9A-F]{8}$`).test(
        logicalId,
      ),
  );
  if (found === undefined) throw new Error(`The template has no function ${name}.`);
  return found[1].Properties as unknown as FunctionProperties;
}

function layerFolder(assembly: string, { Resources }: Template, logicalId: string): string {
  const { Content } = (Resources[logicalId]?.Properties ?? {}) as { Content?: { S3Key: string } };
  if (Content === undefined) throw new Error(`The template has no layer ${logicalId}.`);
  return assetFolder(assembly, Content.S3Key);
}

/** The asset `<hash>.zip` is deployed from the folder `asset.<hash>`. */
function assetFolder(assembly: string, key: string): string {
  return path.join(assembly, `asset.${path.basename(key, '.zip')}`);
}
