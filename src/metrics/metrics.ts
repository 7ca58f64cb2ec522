import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** In seconds: from an event that a node answers by itself to one that waits for a Redis that hangs. */
const FAST = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** In seconds: from a signal that arrives to one that was lost. */
const SLOW = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BYTES = [32, 64, 128, 192, 256].map((kilobytes) => kilobytes * 1024);

/** Makes the metrics of a registry. */
class Maker {
  constructor(private readonly registry: Registry) {}

  counter<Label extends string = never>(name: string, help: string, ...labels: Label[]) {
    return new Counter({ ...this.#named(name, help), labelNames: labels });
  }

  gauge(name: string, help: string) {
    return new Gauge(this.#named(name, help));
  }

  histogram<Label extends string = never>(
    name: string,
    { help, buckets }: { readonly help: string; readonly buckets: number[] },
    ...labels: Label[]
  ) {
    return new Histogram({ ...this.#named(name, help), buckets, labelNames: labels });
  }

  #named(name: string, help: string) {
    return { name: `shared_session_${name}`, help, registers: [this.registry] };
  }
}

/**
 * Makes every metric, by the names of Prometheus: base units, `_total` for what only rises.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export function createMetrics(registry: Registry) {
  const make = new Maker(registry);
  return { ...ofConnections(make), ...ofSessions(make), ...ofSignals(make), ...ofWork(make) };
}

export type Metrics = ReturnType<typeof createMetrics>;

function ofConnections(make: Maker) {
  return {
    connections: make.gauge('connections', 'Sockets that are open.'),
    handshakes: make.counter('handshakes_total', 'Sockets that were let in or refused.', 'outcome'),
    closings: make.counter(
      'closed_connections_total',
      'Sockets that are gone, by reason.',
      'reason',
    ),
    cut: make.counter(
      'cut_connections_total',
      'Connections that took too much of the node.',
      'reason',
    ),
    sendBuffer: make.histogram('send_buffer_bytes', {
      help: 'What waits for a client that reads slowly, when more is sent to it.',
      buckets: BYTES,
    }),
    events: make.histogram(
      'event_duration_seconds',
      { help: 'Time from a client’s event to its answer.', buckets: FAST },
      'event',
      'outcome',
    ),
  };
}

function ofSessions(make: Maker) {
  return {
    started: make.counter('sessions_started_total', 'Sessions that speak for somebody.', 'kind'),
    ended: make.counter('sessions_ended_total', 'Sessions that this node ended.', 'reason', 'by'),
    signIns: make.counter('refused_sign_ins_total', 'Sign-ins that were refused.', 'code'),
    merged: make.counter('merged_writes_total', 'Sessions written with another writer’s change.'),
    refused: make.counter('refused_writes_total', 'Sessions not written, since they have ended.'),
  };
}

function ofSignals(make: Maker) {
  return {
    revocation: make.histogram('revocation_seconds', {
      help: 'Time from when a session’s end was asked for, on any node, to its connection being closed here.',
      buckets: SLOW,
    }),
    lost: make.counter(
      'lost_signals_total',
      'Sockets whose session was found gone, and no signal told.',
    ),
    sent: make.counter('sent_signals_total', 'Signals to the nodes.', 'signal'),
    heard: make.counter('heard_signals_total', 'Signals that were heard.', 'signal'),
    deaf: make.gauge('deaf', '1 while a Redis server has not been heard for 10 s.'),
    silence: make.counter('silence_seconds_total', 'Time in which a Redis server was not heard.'),
    revalidated: make.counter(
      'revalidated_sessions_total',
      'Sessions looked at after a gap.',
      'outcome',
    ),
  };
}

function ofWork(make: Maker) {
  return {
    scripts: make.histogram(
      'redis_script_duration_seconds',
      { help: 'Round trips of scripts to Redis.', buckets: FAST },
      'script',
      'outcome',
    ),
    limits: make.counter('limit_hits_total', 'Limits that were reached.', 'limit'),
  };
}
