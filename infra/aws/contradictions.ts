/** What is wrong with settings of a stack that are of the right types and in their ranges. */
import type { StackConfiguration } from './settings.ts';

/** SQS names queues with so many characters; uploads have two that are called after the stack. */
const LONGEST_QUEUE = 80;
const UPLOAD_QUEUES = '-dead-uploads'.length;

const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];

/** Settings that are right one by one and not together. */
export function contradictions(settings: StackConfiguration): string[] {
  const { logRetentionDays, retainData, deletionProtection } = settings;
  const { stackName, uploads, domain, certificate, gateway, accessLog } = settings;
  const { alarmEmail, budget, sdk, architecture, webRate, sdkConcurrency, warm } = settings;
  const isWeb = sdk === 'web-function';
  const longest = LONGEST_QUEUE - UPLOAD_QUEUES;
  return [
    ...(RETENTION_DAYS.includes(logRetentionDays)
      ? []
      : [`logRetentionDays must be one of ${RETENTION_DAYS.join(', ')}, not ${logRetentionDays}.`]),
    ...(deletionProtection && !retainData
      ? ['retainData is false, so deletionProtection must be false too: destroying would fail.']
      : []),
    ...(uploads && stackName.length > longest
      ? [`stackName may have ${longest} characters with uploads: queues are named after it.`]
      : []),
    ...((domain === undefined) === (certificate === undefined)
      ? []
      : ['domain and certificate need each other: a name, and a certificate in ACM for it.']),
    ...(gateway || (domain === undefined && accessLog === 'none')
      ? []
      : ['domain and accessLog are of API Gateway, and gateway is false.']),
    ...(settings.foldTail < settings.foldAt
      ? ['foldTail may not be less than foldAt: tails would grow faster than they are folded.']
      : []),
    ...(budget !== undefined && alarmEmail === undefined
      ? ['budget needs alarmEmail: somebody has to be told.']
      : []),
    ...(webRate % (webRate > 1000 ? 1000 : 100) === 0
      ? []
      : [`webRate must be 0, 100, 200 up to 1,000, or whole thousands, not ${webRate}.`]),
    ...(isWeb && architecture !== 'arm64'
      ? ['A web function runs on arm64 alone: leave architecture as it is.']
      : []),
    ...(isWeb && (sdkConcurrency !== undefined || warm > 0)
      ? ['sdkConcurrency and warm are for sdk=function-url; a web function has webEnvironments.']
      : []),
  ];
}
