/** What a function takes from its environment, and what it does without. */
import { describe, expect, it, vi } from 'vitest';
import {
  createServices,
  ServiceMissingError,
  type Services,
} from '../../functions/common/services.ts';
import {
  afterwards,
  attempts,
  createCollections,
  EnvironmentError,
  foldAt,
  foldLimits,
  judgementsOn,
  threads,
  variable,
} from '../../functions/lambda/environment.ts';
import { BUILT_IN_FACE_MODELS } from '../../layers/inference/index.ts';

describe('the environment', () => {
  // 1,769 MB are one processor, and the most that Lambda gives, 10,240 MB, are nearly six.
  it.each([
    [512, 1],
    [1769, 1],
    [3008, 1],
    [3537, 1],
    [3538, 2],
    [10_240, 5],
  ])('with %i MB gives inference %i threads', (memory, expected) => {
    expect(threads({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory) })).toBe(expected);
  });

  it('must have what is asked for', () => {
    expect(variable('TABLE', { TABLE: 'records' })).toBe('records');
    expect(() => variable('TABLE', {})).toThrow(
      new EnvironmentError('The environment variable TABLE is not set.'),
    );
    expect(() => variable('TABLE', { TABLE: '' })).toThrow(EnvironmentError);
  });

  it.each(['0', '-1', '1.5', 'many'])('may not fold at %s', (FOLD_AT) => {
    expect(() => foldAt({ FOLD_AT })).toThrow(EnvironmentError);
  });

  it('says what one fold may take', () => {
    const given = { FOLD_TAIL: '5000', FOLD_REWRITES: '3' };
    expect(foldLimits(given)).toEqual({ tail: 5000, rewrites: 3 });
    for (const name of ['FOLD_TAIL', 'FOLD_REWRITES']) {
      expect(() => foldLimits({ ...given, [name]: '0' })).toThrow(EnvironmentError);
      expect(() => foldLimits({ ...given, [name]: undefined })).toThrow(EnvironmentError);
    }
  });

  it('says whether emotions, gender and age are told', () => {
    expect(judgementsOn({ JUDGEMENTS: 'on' })).toBe(true);
    expect(judgementsOn({ JUDGEMENTS: 'off' })).toBe(false);
    for (const environment of [{}, { JUDGEMENTS: '' }, { JUDGEMENTS: 'false' }]) {
      expect(() => judgementsOn(environment)).toThrow(EnvironmentError);
    }
  });
});

describe('the settings of uploads', () => {
  it('are what the stack says', () => {
    expect(afterwards({ AFTER_UPLOAD: 'tag' })).toBe('tag');
    expect(createCollections({ CREATE_COLLECTIONS: 'true' })).toBe(true);
    expect(createCollections({ CREATE_COLLECTIONS: 'false' })).toBe(false);
    expect(attempts({ UPLOAD_ATTEMPTS: '5' })).toBe(5);
  });

  it('may not be anything else', () => {
    expect(() => afterwards({ AFTER_UPLOAD: 'burn' })).toThrow(EnvironmentError);
    expect(() => attempts({ UPLOAD_ATTEMPTS: '0' })).toThrow(EnvironmentError);
    expect(() => createCollections({})).toThrow(EnvironmentError);
  });
});

describe('services', () => {
  it('are made on first use, once, from each other', () => {
    const faceModels = vi.fn(() => BUILT_IN_FACE_MODELS);
    const images = vi.fn((services: Pick<Services, 'faceModels'>) => services.faceModels as never);
    const services = createServices({ faceModels, images });
    expect(faceModels).not.toHaveBeenCalled();
    expect([services.images, services.images]).toEqual([
      BUILT_IN_FACE_MODELS,
      BUILT_IN_FACE_MODELS,
    ]);
    expect(images).toHaveBeenCalledOnce();
    expect(faceModels).toHaveBeenCalledOnce();
  });

  it('that nobody makes are missed by name', () => {
    expect(() => createServices({}).inference).toThrow(ServiceMissingError);
    expect(() => createServices({}).inference).toThrow(/inference/);
  });
});
