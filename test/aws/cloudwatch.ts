/**
 * CloudWatch's way from data points to the state of an alarm, for the alarms of a template: statistics by period,
 * FILL, sums and MAX of several metrics, M out of N periods, missing data.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
import type { Resource } from './template.ts';

export interface Point {
  /** Of the metric, and the beginning of a logical id in its dimensions where several have that name. */
  readonly metric: string;
  readonly of?: string;
  /** Minutes since the beginning. */
  readonly at: number;
  readonly value: number;
}

interface MetricStat {
  readonly Metric: {
    readonly MetricName: string;
    readonly Dimensions?: readonly { readonly Value: unknown }[];
  };
  readonly Period: number;
  readonly Stat: string;
}

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: MetricStat;
  readonly ReturnData?: boolean;
}

interface AlarmProperties {
  readonly Metrics?: readonly Query[];
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Value: unknown }[];
  readonly Period?: number;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData: string;
}

/** By period, undefined where there is no value. */
type Series = readonly (number | undefined)[];

/** Whether an alarm rings at any time in so many minutes. @throws Error at what this does not know */
export function rings(
  { Properties }: Resource,
  points: readonly Point[],
  minutes: number,
): boolean {
  const alarm = Properties as unknown as AlarmProperties;
  if (alarm.ComparisonOperator !== 'GreaterThanThreshold') throw new Error('Unknown operator.');
  if (alarm.TreatMissingData !== 'notBreaching') throw new Error('Missing data may ring.');
  const series = seriesOf(alarm, points, minutes);
  const { EvaluationPeriods: n, DatapointsToAlarm: m = n } = alarm;
  const breaches = series.map((value) => value !== undefined && value > alarm.Threshold);
  return breaches.some((_, end) => {
    const window = breaches.slice(Math.max(0, end - n + 1), end + 1);
    return window.filter(Boolean).length >= m;
  });
}

function seriesOf(alarm: AlarmProperties, points: readonly Point[], minutes: number): Series {
  if (alarm.Metrics === undefined) {
    const { MetricName = '', Dimensions = [], Period = 0 } = alarm;
    const Stat = alarm.Statistic ?? alarm.ExtendedStatistic ?? '';
    return statistic({ Metric: { MetricName, Dimensions }, Period, Stat }, points, minutes);
  }
  const known = new Map<string, Series>();
  for (const { Id, MetricStat: stat } of alarm.Metrics) {
    if (stat !== undefined) known.set(Id, statistic(stat, points, minutes));
  }
  const result = alarm.Metrics.find(({ Expression }) => Expression !== undefined);
  if (result?.Expression === undefined || result.ReturnData === false) {
    throw new Error('An alarm needs one result.');
  }
  return evaluate(result.Expression, known);
}

function statistic(
  { Metric, Period, Stat }: MetricStat,
  points: readonly Point[],
  minutes: number,
) {
  const dimensions = JSON.stringify(Metric.Dimensions ?? []);
  const own = points.filter(
    ({ metric, of }) =>
      metric === Metric.MetricName && (of === undefined || dimensions.includes(`"${of}`)),
  );
  return Array.from({ length: Math.ceil((minutes * 60) / Period) }, (_, index) => {
    const values = own
      .filter(({ at }) => Math.floor((at * 60) / Period) === index)
      .map(({ value }) => value)
      .sort((a, b) => a - b);
    if (values.length === 0) return undefined;
    if (Stat === 'Sum') return values.reduce((sum, value) => sum + value, 0);
    if (Stat === 'Maximum') return values.at(-1);
    if (Stat === 'SampleCount') return values.length;
    const [, percent] = /^p(\d+)$/.exec(Stat) ?? [];
    if (percent === undefined) throw new Error(`Unknown statistic ${Stat}.`);
    return values[Math.ceil((Number(percent) / 100) * values.length) - 1];
  });
}

/** `FILL(a, 0) + b`, `MAX([FILL(a, 0), b])`. A sum has a value only where all that it adds have one. */
function evaluate(expression: string, known: ReadonlyMap<string, Series>): Series {
  const [, list] = /^MAX\(\[(.*)\]\)$/.exec(expression) ?? [];
  const terms = list === undefined ? expression.split(' + ') : list.split(/,\s*(?![^(]*\))/);
  const series = terms.map((term) => {
    const [, filled, value] = /^FILL\((\w+), (\d+)\)$/.exec(term.trim()) ?? [];
    const one = known.get(filled ?? term.trim());
    if (one === undefined) throw new Error(`Unknown term ${term}.`);
    return filled === undefined ? one : one.map((each) => each ?? Number(value));
  });
  const length = Math.max(...series.map((one) => one.length));
  return Array.from({ length }, (_, index) => {
    const values = series.map((one) => one[index]);
    const present = values.filter((value) => value !== undefined);
    if (list !== undefined) return present.length === 0 ? undefined : Math.max(...present);
    if (present.length < values.length) return undefined;
    return present.reduce((sum, value) => sum + value, 0);
  });
}
