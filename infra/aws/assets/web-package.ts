/**
 * The package of the Web Function: everything in one folder, since it has no layers. `index.js` is what Lambda runs,
 * and what runs on any machine of that processor: `node index.js`.
 */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** CommonJS, since the folder says nothing else; the bundle is an ES module. */
const INDEX = `'use strict';
process.env.MODELS ||= require('node:path').join(__dirname, 'models');
import('./server.mjs');
`;

/**
 * @param bundle the folder of the bundle
 * @param layer the folder of the inference layer
 * @param folder for the package, made
 */
export async function packWeb(bundle: string, layer: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await Promise.all([
    cp(path.join(layer, 'nodejs/node_modules'), path.join(folder, 'node_modules'), {
      recursive: true,
    }),
    cp(path.join(layer, 'models'), path.join(folder, 'models'), { recursive: true }),
    cp(path.join(bundle, 'index.mjs'), path.join(folder, 'server.mjs')),
    cp(path.join(bundle, 'index.mjs.map'), path.join(folder, 'index.mjs.map')),
    writeFile(path.join(folder, 'index.js'), INDEX),
  ]);
  return folder;
}
