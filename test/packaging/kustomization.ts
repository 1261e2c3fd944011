import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

const generator = z.strictObject({
  name: z.string(),
  behavior: z.literal('merge').optional(),
  files: z.array(z.string()),
})
const kustomization = z.strictObject({
  apiVersion: z.literal('kustomize.config.k8s.io/v1beta1'),
  kind: z.literal('Kustomization'),
  resources: z.array(z.string()),
  patches: z.array(z.strictObject({ path: z.string() })).default([]),
  configMapGenerator: z.array(generator).default([]),
  images: z.array(z.strictObject({ name: z.string(), newTag: z.string() })).default([]),
})

export type Fields = Record<string, unknown>
type Rendered = Map<string, Fields>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const nameOf = (value: unknown) => (isFields(value) ? value.name : undefined)
const keyOf = ({ kind, metadata }: Fields) => `${kind} ${nameOf(metadata)}`

/** Documents of YAML 1.1, as Kubernetes reads them. Throws if a key occurs twice. */
export function documentsIn(path: string): Fields[] {
  const found = parseAllDocuments(readFileSync(path, 'utf8'), { version: '1.1', uniqueKeys: true })
  return [...found].map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS()
  })
}

/** What Kustomize makes of a folder, for the features that the manifests use; names get no hash. */
export function render(folder: string): Rendered {
  const [file] = documentsIn(join(folder, 'kustomization.yaml'))
  const { resources, patches, configMapGenerator, images } = kustomization.parse(file)
  const found: Rendered = new Map()
  for (const resource of resources)
    for (const each of resource.endsWith('.yaml')
      ? documentsIn(join(folder, resource))
      : render(join(folder, resource)).values())
      found.set(keyOf(each), each)
  for (const { name, behavior, files } of configMapGenerator) {
    const key = `ConfigMap ${name}`
    if (found.has(key) !== (behavior === 'merge')) throw new Error(`${key}: wrong behavior`)
    const data = Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
    const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }
    found.set(key, merged(found.get(key) ?? {}, made))
  }
  for (const { path } of patches)
    for (const patch of documentsIn(join(folder, path))) {
      const before = found.get(keyOf(patch))
      if (before === undefined) throw new Error(`${path} patches nothing`)
      found.set(keyOf(patch), merged(before, patch))
    }
  for (const { name, newTag } of images) for (const each of found.values()) tag(each, name, newTag)
  return found
}

/** A strategic merge: entries of lists that have names are merged by these, other lists are replaced. */
function merged(before: Fields, patch: Fields): Fields {
  const result: Fields = { ...before }
  for (const [key, value] of Object.entries(patch)) result[key] = mergedValue(before[key], value)
  return result
}

function mergedValue(before: unknown, patch: unknown): unknown {
  if (isFields(before) && isFields(patch)) return merged(before, patch)
  if (!Array.isArray(before) || !Array.isArray(patch) || nameOf(patch[0]) === undefined) return patch
  const kept = before.map((each) => {
    const change = patch.find((other) => nameOf(other) === nameOf(each))
    return change === undefined ? each : merged(each, change)
  })
  const added = patch.filter((each) => !before.some((other) => nameOf(other) === nameOf(each)))
  return [...added, ...kept]
}

function tag(value: unknown, name: string, newTag: string): void {
  if (Array.isArray(value)) for (const each of value) tag(each, name, newTag)
  if (!isFields(value)) return
  for (const [key, each] of Object.entries(value)) {
    if (key === 'image' && each === name) value[key] = `${name}:${newTag}`
    else tag(each, name, newTag)
  }
}

/** The files of a folder that no kustomization in it names. */
export function unusedIn(folder: string): string[] {
  const text = readFileSync(join(folder, 'kustomization.yaml'), 'utf8')
  return readdirSync(folder).filter((name) => name !== 'kustomization.yaml' && !text.includes(name))
}
