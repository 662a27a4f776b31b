/**
 * Groups of people among photographs, and how often strangers within one are taken for each other. Nobody is
 * labelled by hand: gender and age are what the product's own network judges, averaged over a person's photographs
 * (so a group is "who looks it to the network"), East Asian is who has a family name that is common in China,
 * Korea, Japan or Vietnam and hardly anywhere else, at either end of the name. Small groups say little: the
 * number of pairs stands beside each rate.
 */
import type { EmbeddedPhotograph } from '../../models/calibrate/embeddings.ts';
import { dot } from '../../models/calibrate/scores.ts';

export interface Group {
  readonly name: string;
  holds(person: Person): boolean;
}

interface Person {
  readonly name: string;
  readonly age: number;
  readonly isFemale: boolean;
}

/** Romanised; names that are as common elsewhere (Lee, Park, Young, Long) are left out. */
const FAMILY_NAMES = new Set(
  `Cao Chang Chao Chen Cheng Chiang Chien Choi Chung Deng Fang Feng Gao Guo Hashimoto He Ho Hoang Hong Hou Hsu Hu
  Huang Hui Hwang Ito Jang Jia Jiang Jiang Kang Kato Kawaguchi Kim Kobayashi Koizumi Kwon Le Li Liang Liao Lin Liu
  Lu Luo Ma Mori Nakamura Nakata Nguyen Oh Okamoto Ono Pan Peng Pham Qian Qiu Roh Ryu Saito Sato Shi Shin Song
  Suzuki Takahashi Tanaka Tang Tran Tsai Tseng Wang Watanabe Wei Wen Wu Xiao Xie Xu Yamamoto Yan Yang Yao Ye Yoon
  Yoshida Yu Yuan Zeng Zhang Zhao Zheng Zhou Zhu`.split(/\s+/),
);

function hasEastAsianName({ name }: Person): boolean {
  const parts = name.split(/[_-]/);
  return FAMILY_NAMES.has(parts[0] ?? '') || FAMILY_NAMES.has(parts.at(-1) ?? '');
}

export const GROUPS: readonly Group[] = [
  { name: 'everybody', holds: () => true },
  { name: 'men', holds: ({ isFemale }) => !isFemale },
  { name: 'women', holds: ({ isFemale }) => isFemale },
  { name: 'who looks under 13', holds: ({ age }) => age < 13 },
  { name: '13 to 29', holds: ({ age }) => age >= 13 && age < 30 },
  { name: '30 to 49', holds: ({ age }) => age >= 30 && age < 50 },
  { name: '50 to 64', holds: ({ age }) => age >= 50 && age < 65 },
  { name: '65 and older', holds: ({ age }) => age >= 65 },
  {
    name: 'men with East Asian family names',
    holds: (who) => !who.isFemale && hasEastAsianName(who),
  },
  {
    name: 'women with East Asian family names',
    holds: (who) => who.isFemale && hasEastAsianName(who),
  },
];

export interface GroupRates {
  readonly name: string;
  readonly people: number;
  readonly strangerPairs: number;
  /** At each cosine. */
  readonly falseMatch: readonly number[];
  readonly genuinePairs: number;
  readonly trueMatch: readonly number[];
}

export function groupRates(
  photographs: readonly EmbeddedPhotograph[],
  isOnePerson: (a: string, b: string) => boolean,
  cosines: readonly number[],
): GroupRates[] {
  const people = judgedPeople(photographs);
  return GROUPS.map(({ name, holds }) => {
    const chosen = photographs.filter(({ person }) => holds(people.get(person)!));
    const strangers = { pairs: 0, reaching: cosines.map(() => 0) };
    const genuine = { pairs: 0, reaching: cosines.map(() => 0) };
    chosen.forEach((first, i) => {
      for (const second of chosen.slice(i + 1)) {
        const isSame = first.person === second.person;
        if (!isSame && isOnePerson(first.person, second.person)) continue;
        const counted = isSame ? genuine : strangers;
        const cosine = dot(first.embedding!.vector, second.embedding!.vector);
        counted.pairs++;
        cosines.forEach((least, at) => {
          if (cosine >= least) counted.reaching[at]!++;
        });
      }
    });
    return {
      name,
      people: new Set(chosen.map(({ person }) => person)).size,
      strangerPairs: strangers.pairs,
      falseMatch: strangers.reaching.map((count) => count / strangers.pairs),
      genuinePairs: genuine.pairs,
      trueMatch: genuine.reaching.map((count) => count / genuine.pairs),
    };
  });
}

function judgedPeople(photographs: readonly EmbeddedPhotograph[]): Map<string, Person> {
  const byName = new Map<string, EmbeddedPhotograph[]>();
  for (const photograph of photographs) {
    byName.set(photograph.person, [...(byName.get(photograph.person) ?? []), photograph]);
  }
  return new Map(
    [...byName].map(([name, theirs]) => {
      const looks = theirs.flatMap(({ look }) => look ?? []);
      const age = looks.reduce((sum, look) => sum + look.age, 0) / looks.length;
      const female = looks.filter(({ isFemale }) => isFemale).length;
      return [name, { name, age, isFemale: 2 * female > looks.length }];
    }),
  );
}
