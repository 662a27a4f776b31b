/** The commands of `recollect`, in the order in which help lists them. A new command is one line here. */
import { contracts } from '../../functions/extensions/contracts/index.ts';
import { readAudit, verifyAudit } from './audit/command.ts';
import type { Command } from './cli/index.ts';
import { verifyDeletion, verifyReceipt } from './deletions/command.ts';
import { deploy, synth } from './deploy/command.ts';
import { doctor } from './doctor/command.ts';
import { extensionCommands } from './extensions/command.ts';
import { importPhotographs } from './import/command.ts';
import { jobs, jobsStop } from './jobs/command.ts';
import { keysCreate, keysList, keysRevoke } from './keys/command.ts';
import {
  modelsAdd,
  modelsCalibrate,
  modelsCheck,
  modelsDefault,
  modelsList,
  modelsRemove,
  modelsUpload,
} from './models/command.ts';
import { fold, verify } from './operate/command.ts';
import { redrive, redriveDelete, redriveSend } from './redrive/command.ts';
import { samples } from './samples/command.ts';
import { show } from './show/command.ts';
import { start } from './start/command.ts';
import { exportCollection, importCollection } from './transfer/command.ts';
import { upgradeCollection } from './upgrade/command.ts';

export const commands: readonly Command[] = [
  start,
  importPhotographs,
  show,
  samples,
  jobs,
  jobsStop,
  keysCreate,
  keysList,
  keysRevoke,
  redrive,
  redriveSend,
  redriveDelete,
  modelsList,
  modelsAdd,
  modelsCheck,
  modelsCalibrate,
  modelsDefault,
  modelsRemove,
  modelsUpload,
  // Those that take more than one call are written by hand; the others follow from their contracts.
  ...extensionCommands(contracts, [
    exportCollection,
    importCollection,
    upgradeCollection,
    readAudit,
  ]),
  verifyAudit,
  verify,
  fold,
  verifyReceipt,
  verifyDeletion,
  synth,
  deploy,
  doctor,
];
