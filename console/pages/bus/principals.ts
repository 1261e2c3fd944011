import type { RightsParams } from '../../../src/methods/contract/index.js'
import { busStrings } from '../../strings/bus.js'

const text = busStrings.access

export interface Principal {
  readonly name: string
  readonly rights: '*' | RightsParams
}

/** The principals among the values of a configuration. */
export function principalsOf({
  values,
}: {
  values: readonly { key: string; value: unknown }[]
}): Principal[] {
  const principals = new Map<string, '*' | Record<string, unknown>>()
  for (const { key, value } of values) {
    const [, name, right] = /^principals\.("(?:[^"\\]|\\.)*"|[^.]+)(?:\.(\w+))?/.exec(key) ?? []
    if (name === undefined) continue
    if (right === undefined) principals.set(name, value === '*' ? '*' : (value as Record<string, unknown>))
    else principals.set(name, { ...(principals.get(name) as object), [right]: value })
  }
  return [...principals].map(([name, rights]) => ({ name, rights: rights as '*' | RightsParams }))
}

/** `see salt/ host/ · publish deploy/ · monitor` */
export function rightsText(rights: '*' | RightsParams): string {
  if (rights === '*') return text.everything
  const parts = Object.entries(rights)
    .filter(([, extent]) => extent !== undefined && extent !== false && !isEmpty(extent))
    .map(([right, extent]) => (extent === true ? right : `${right} ${extentText(extent)}`))
  return parts.length === 0 ? text.nothing : parts.join(' · ')
}

function isEmpty(extent: unknown): boolean {
  return Array.isArray(extent) && extent.length === 0
}

function extentText(extent: unknown): string {
  if (typeof extent === 'string') return extent
  if (Array.isArray(extent)) return extent.map(extentText).join(' ')
  return JSON.stringify(extent)
}
