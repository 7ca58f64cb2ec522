import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IService } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments } from 'yaml';
import { type KubernetesObject, refusals } from './kubernetes-schema.js';

const read = (name: string) => readFileSync(name, 'utf8');
const objects = parseAllDocuments(read('deploy/kubernetes.yaml')).map(
  (document) => document.toJS() as KubernetesObject,
);
const [deployment, service, budget] = objects as unknown as [
  IDeployment,
  IService,
  IPodDisruptionBudget,
];
const pod = deployment.spec?.template.spec;
const [container] = pod?.containers ?? [];

describe('deploy/kubernetes.yaml', () => {
  it('is as the schema of Kubernetes says', () => {
    expect(refusals(objects)).toEqual([]);
  });

  it('would be refused with a misspelt field or a wrong value', () => {
    const port = { name: 'http', port: 80 };
    const misspelt = { ...service, spec: { ports: [{ ...port, targetport: 80 }] } };
    const wrong = { ...service, spec: { ports: [{ ...port, port: 'http' }] } };

    const refused = refusals([misspelt, wrong]).join('\n');

    expect(refused).toContain('"targetport"');
    expect(refused).toContain('port must be integer');
  });

  it('has its pods found by its service and its budget', () => {
    const { labels } = deployment.spec?.template.metadata ?? {};

    expect(labels).toBeDefined();
    expect(deployment.spec?.selector.matchLabels).toEqual(labels);
    expect(service.spec?.selector).toEqual(labels);
    expect(budget.spec?.selector?.matchLabels).toEqual(labels);
    expect(container?.ports?.[0]?.name).toBe(service.spec?.ports?.[0]?.targetPort);
  });

  it('leaves one node to maintenance at a time', () => {
    expect(deployment.spec?.replicas).toBe(2);
    expect(budget.spec?.minAvailable).toBe(1);
  });

  it('restarts nodes that do not answer, and not those whose Redis is away', () => {
    expect(container?.livenessProbe?.httpGet?.path).toBe('/health/live');
    expect(container?.readinessProbe?.httpGet?.path).toBe('/health/ready');
  });

  it('waits for the proxies, then as long for a node to drain as compose.yaml does', () => {
    const compose = parse(read('deploy/compose.yaml')) as {
      services: { alpha: { stop_grace_period: string } };
    };
    const pause = Number(container?.lifecycle?.preStop?.exec?.command?.[1]);
    const drain = parseInt(compose.services.alpha.stop_grace_period, 10);

    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(pause + drain);
  });

  it('runs as the image’s user, without rights, on a file system that it cannot write to', () => {
    const [, user] = /^USER (\d+)/m.exec(read('deploy/Dockerfile')) ?? [];

    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: Number(user) });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('has settings that a node knows, and no secret of its own', () => {
    const variables = container?.env ?? [];
    const secret = variables.filter(({ name }) => /SECRET|REDIS_URL/.test(name));

    for (const { name } of variables) expect(read('.env.example')).toContain(`\n${name}=`);
    expect(secret).toHaveLength(2);
    for (const { value, valueFrom } of secret) {
      expect(value).toBeUndefined();
      expect(valueFrom?.secretKeyRef).toBeDefined();
    }
  });
});
