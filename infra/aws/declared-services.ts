/**
 * What a function needs, from what its operation declares: the services that its bundle holds. Its policy,
 * its environment variables and its layer follow from the same list.
 */
import type { Services } from '../../functions/common/services.ts';
import type { Uses } from '../../layers/protocol/index.ts';

export type ServiceName = keyof Services;

/** The services of an operation. */
export function servicesOf(uses: Uses): ServiceName[] {
  const { records, shards, images, inference, signing = false, jobs } = uses;
  const isComparing = inference || shards !== 'none' || (uses.faceModels ?? false);
  return [
    ...(isComparing ? (['faceModels'] as const) : []),
    ...(records.length === 0 ? [] : (['records'] as const)),
    ...(shards === 'none' ? [] : (['indexes'] as const)),
    ...(images ? (['images'] as const) : []),
    ...(inference ? (['inference', 'judgements'] as const) : []),
    ...(signing ? (['receipts'] as const) : []),
    ...(uses.audit ? (['audit'] as const) : []),
    ...(jobs.length > 0 ? (['jobs'] as const) : []),
    ...(uses.videos === undefined ? [] : (['videos'] as const)),
  ];
}

/** What a function that holds several operations uses: everything that one of them does. */
export function combined(all: readonly Uses[]): Uses {
  const levels = ['none', 'read', 'write'] as const;
  const shards = Math.max(0, ...all.map((uses) => levels.indexOf(uses.shards)));
  return {
    records: [...new Set(all.flatMap(({ records }) => records))].sort(),
    shards: levels[shards] ?? 'none',
    images: all.some(({ images }) => images),
    inference: all.some(({ inference }) => inference),
    audit: all.some(({ audit }) => audit ?? false),
    faceModels: all.some(({ faceModels }) => faceModels ?? false),
    signing: all.some(({ signing }) => signing ?? false),
    ...(all.some(({ videos }) => videos) && {
      videos: all.some(({ videos }) => videos === 'start') ? 'start' : 'read',
    }),
    jobs: [...new Set(all.flatMap(({ jobs }) => jobs))],
  };
}
