import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { processIo } from '../../src/cli/io.js'
import { buildProgram } from '../../src/cli/program.js'
import { runCommand } from '../helpers/run-cli.js'
import { render, unusedIn } from './kustomization.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = (name: string) => join(root, 'packaging/kubernetes', name)
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

// The fields of the interface of Kubernetes that the manifests use: another one is a mistake.
const labels = z.strictObject({ 'app.kubernetes.io/name': z.literal('tocsin') })
const metadata = z.strictObject({ name: z.literal('tocsin'), labels: labels.optional() })
const selector = z.strictObject({ matchLabels: labels })
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string(), port: z.string() }),
  periodSeconds: z.int().min(1),
  timeoutSeconds: z.int().min(1).optional(),
  failureThreshold: z.int().min(1).optional(),
})
const mount = z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() })
const amount = z.string().regex(/^\d+(?:m|Mi|Gi)$/)
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.int() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: amount, memory: amount }),
    limits: z.strictObject({ memory: amount }),
  }),
  volumeMounts: z.array(mount),
})
const volume = z.union([
  z.strictObject({ name: z.string(), configMap: z.strictObject({ name: z.string() }) }),
  z.strictObject({
    name: z.string(),
    secret: z.strictObject({ secretName: z.string(), defaultMode: z.literal(0o440) }),
  }),
])
const spread = z.strictObject({
  maxSkew: z.int().min(1),
  topologyKey: z.literal('kubernetes.io/hostname'),
  whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
  labelSelector: selector,
})
const pod = z.strictObject({
  serviceAccountName: z.string(),
  automountServiceAccountToken: z.literal(false),
  terminationGracePeriodSeconds: z.int().min(15),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int(),
    runAsGroup: z.int(),
    fsGroup: z.int(),
    fsGroupChangePolicy: z.enum(['OnRootMismatch', 'Always']),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  topologySpreadConstraints: z.array(spread).optional(),
  containers: z.tuple([container]),
  volumes: z.array(volume),
})
const claim = z.strictObject({
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    accessModes: z.tuple([z.literal('ReadWriteOnce')]),
    resources: z.strictObject({ requests: z.strictObject({ storage: amount }) }),
  }),
})
const object = <Kind extends string, Shape extends z.ZodRawShape>(
  apiVersion: string,
  kind: Kind,
  shape: Shape,
) => z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(kind), metadata, ...shape })
const statefulSet = object('apps/v1', 'StatefulSet', {
  spec: z.strictObject({
    replicas: z.int().min(1),
    serviceName: z.string(),
    selector,
    template: z.strictObject({ metadata: z.strictObject({ labels }), spec: pod }),
    volumeClaimTemplates: z.array(claim),
  }),
})
const service = object('v1', 'Service', {
  spec: z.strictObject({
    selector: labels,
    ports: z.array(z.strictObject({ name: z.string(), port: z.int(), targetPort: z.string() })),
  }),
})
const account = object('v1', 'ServiceAccount', { automountServiceAccountToken: z.literal(false) })
const configMap = object('v1', 'ConfigMap', { data: z.record(z.string(), z.string()) })
const budget = object('policy/v1', 'PodDisruptionBudget', {
  spec: z.strictObject({ minAvailable: z.int().min(1), selector }),
})

describe.each([
  ['base', 1],
  ['cluster', 3],
])('the manifests in %s', (name, hubs) => {
  const rendered = render(folder(name))
  const set = statefulSet.parse(rendered.get('StatefulSet tocsin'))
  const { replicas, serviceName, template, volumeClaimTemplates } = set.spec
  const { containers, volumes, serviceAccountName, securityContext } = template.spec
  const [hub] = containers
  const map = configMap.parse(rendered.get('ConfigMap tocsin'))

  it('have only fields that Kubernetes knows, and use each file', () => {
    const known = [statefulSet, service, account, configMap, ...(hubs > 1 ? [budget] : [])]
    expect(rendered.size).toBe(known.length)
    for (const each of rendered.values()) z.union([...known, budget]).parse(each)
    expect(unusedIn(folder(name))).toEqual([])
  })

  it('name only what is there: ports, volumes, the account and the service', () => {
    const ports = hub.ports.map((port) => port.name)
    const { spec } = service.parse(rendered.get(`Service ${serviceName}`))
    for (const { targetPort } of spec.ports) expect(ports).toContain(targetPort)
    for (const { httpGet } of [hub.startupProbe, hub.livenessProbe, hub.readinessProbe])
      expect(ports).toContain(httpGet.port)
    const places = [
      ...volumes.map((each) => each.name),
      ...volumeClaimTemplates.map((each) => each.metadata.name),
    ]
    expect(hub.volumeMounts.map((each) => each.name).toSorted()).toEqual(places.toSorted())
    expect(rendered.has(`ServiceAccount ${serviceAccountName}`)).toBe(true)
    for (const each of volumes)
      if ('configMap' in each) expect(rendered.has(`ConfigMap ${each.configMap.name}`)).toBe(true)
    expect(replicas).toBe(hubs)
  })

  it('run the image as its user, with options that exist and the port that is configured', () => {
    const recipe = readFileSync(join(root, 'packaging/oci/scratch.Containerfile'), 'utf8')
    const { runAsUser, runAsGroup, fsGroup } = securityContext
    expect(recipe).toContain(`USER ${runAsUser}:${runAsGroup}`)
    expect(fsGroup).toBe(runAsGroup)
    expect(hub.image).toBe(`tocsin:${version}`)
    const [command, ...options] = hub.args
    const known = buildProgram(processIo()).commands.find((each) => each.name() === command)?.options
    for (const option of options.filter((each) => each.startsWith('--')))
      expect(known?.map(({ long }) => long)).toContain(option)
    expect(map.data['tocsin.yaml']).toContain(`:${hub.ports[0].containerPort}`)
    const socket = hub.args[hub.args.indexOf('--socket') + 1]
    expect(hub.env).toContainEqual({ name: 'TOCSIN_URL', value: `unix:${socket}` })
  })

  it('have a configuration that the hub accepts', async () => {
    const checked = await runCommand(['config', 'check', join(folder(name), 'tocsin.yaml')])
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(map.data['tocsin.yaml']).toBe(readFileSync(join(folder(name), 'tocsin.yaml'), 'utf8'))
  })
})
