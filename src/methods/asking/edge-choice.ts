import { TocsinError } from '../../errors/tocsin-error.js'
import { globTest } from '../../filter/glob-bits.js'
import type { AskableEdge } from '../askable-edge.js'
import { isEdgeName } from '../edge-name.js'

/** Stands for the hub that is asked, beside its edge hubs. */
export const HERE = '@here'

const MAX_PARTS = 64
const MAX_LENGTH = 256
const PART = /^(!?)(?:([A-Za-z0-9._-]{1,64})=)?([A-Za-z0-9._*?/-]+)$/

interface LabelledName {
  readonly name: string
  readonly labels: () => Readonly<Record<string, string>>
}

/** One part of a choice, such as `web*`, `!web7`, `site=fra` or `mid/web*`. */
interface ChoicePart {
  readonly isOut: boolean
  readonly matches: (edge: LabelledName) => boolean
  /** For edge hubs of an edge hub: what is chosen there. */
  readonly rest: string | undefined
  /** The name, if the part is one. */
  readonly name: string | undefined
}

/** An edge hub under the name that it has in answers. */
export interface NamedEdge {
  readonly name: string
  readonly edge: AskableEdge
}

/** The edge hubs that a text chooses of those that are known. */
export interface EdgeChoice {
  /** The hub that is asked is among them. */
  readonly here: boolean
  readonly edges: readonly NamedEdge[]
  /** Edge hubs through which others are asked, with the choice for them. */
  readonly through: readonly (NamedEdge & { choice: string })[]
  /** Names that no edge hub has. */
  readonly unknown: readonly string[]
}

/**
 * Chooses edge hubs: names and globs with commas between them, `!` before those that are left out, a label as
 * `site=fra`, edge hubs of an edge hub as `mid/web*`, and `@here`. Throws TCN_EDGE_CHOICE.
 */
export function chooseEdges(
  text: string,
  known: Iterable<AskableEdge>,
  labelsOf: (name: string) => Readonly<Record<string, string>>,
  mayAsk: (name: string) => boolean,
): EdgeChoice {
  const words = text.split(',').map((word) => word.trim())
  const here = words.includes(HERE)
  const given = words.filter((word) => word !== HERE).map(readPart)
  if (given.length > MAX_PARTS) throw choiceError(`there are more than ${MAX_PARTS} parts`)
  const parts =
    given.length === 0 || given.some(({ isOut }) => !isOut) || here ? given : [everyEdge, ...given]
  const edges: NamedEdge[] = []
  const through: (NamedEdge & { choice: string })[] = []
  const found = new Set<string>()
  for (const [given, namesakes] of byName(known)) {
    const { direct, below } = partsFor(given, parts, labelsOf)
    const choice = choiceBelow(given, below, mayAsk)
    const isChosen = isIn(direct) && mayAsk(given)
    for (const { name, edge } of named(given, namesakes)) {
      if (isChosen) edges.push({ name, edge })
      if (choice !== undefined) through.push({ name, edge, choice })
    }
    found.add(given)
  }
  const names = parts.flatMap(({ isOut, name }) => (isOut || name === undefined ? [] : [name]))
  const unknown = names.filter((name) => !found.has(name) || !mayAsk(name))
  return { here, edges, through, unknown }
}

function byName(known: Iterable<AskableEdge>): Map<string, AskableEdge[]> {
  const all = new Map<string, AskableEdge[]>()
  for (const edge of known) {
    const namesakes = all.get(edge.name)
    if (namesakes === undefined) all.set(edge.name, [edge])
    else namesakes.push(edge)
  }
  return all
}

/**
 * Edge hubs of different principals may have the same name. One that is away or silent does not hide the one that answers;
 * of several that answer, each has the name of its principal too.
 */
function named(name: string, namesakes: readonly AskableEdge[]): NamedEdge[] {
  const answering = namesakes.filter(({ isUp, answers }) => isUp && answers !== undefined)
  if (answering.length > 1) return answering.map((edge) => ({ name: `${name}:${edge.principal}`, edge }))
  return [{ name, edge: answering[0] ?? namesakes.find(({ isUp }) => isUp) ?? namesakes[0] }]
}

function partsFor(
  name: string,
  parts: readonly ChoicePart[],
  labelsOf: (name: string) => Readonly<Record<string, string>>,
): { direct: ChoicePart[]; below: ChoicePart[] } {
  const matching = parts.filter(({ matches }) => matches({ name, labels: () => labelsOf(name) }))
  return {
    direct: matching.filter(({ rest }) => rest === undefined),
    below: matching.filter(({ rest }) => rest !== undefined),
  }
}

function isIn(parts: readonly ChoicePart[]): boolean {
  return parts.some(({ isOut }) => !isOut) && !parts.some(({ isOut }) => isOut)
}

function choiceBelow(
  edge: string,
  parts: readonly ChoicePart[],
  mayAsk: (name: string) => boolean,
): string | undefined {
  const allowed = parts.filter(({ isOut, rest = '' }) => isOut || mayAskAll(`${edge}/${rest}`, mayAsk))
  if (!allowed.some(({ isOut }) => !isOut)) return undefined
  return allowed.map(({ isOut, rest }) => `${isOut ? '!' : ''}${rest}`).join(',')
}

/** Texts that only a `*` of a right matches all of. */
const INSTEAD = ['', '\x01', '\x01'.repeat(64)]

/** Returns whether the right extends to every name that a pattern may match. */
function mayAskAll(pattern: string, mayAsk: (name: string) => boolean): boolean {
  return INSTEAD.every((text) => mayAsk(pattern.replaceAll('*', text).replaceAll('?', '\x01')))
}

function readPart(word: string): ChoicePart {
  const match = word.length > MAX_LENGTH ? null : PART.exec(word)
  if (match === null) throw choiceError(`${JSON.stringify(word.slice(0, 80))} is none`)
  const [, out, label, pattern] = match
  const isOut = out !== ''
  if (label !== undefined) {
    const test = globTest(pattern)
    const matches = ({ labels }: LabelledName) => {
      const own = labels()
      return Object.hasOwn(own, label) && test(own[label])
    }
    return { isOut, matches, rest: undefined, name: undefined }
  }
  const [head, ...rest] = pattern.split('/')
  if (head === '' || rest.includes('')) throw choiceError(`${JSON.stringify(word)} has an empty name`)
  const test = globTest(head)
  return {
    isOut,
    matches: ({ name }) => test(name),
    rest: rest.length === 0 ? undefined : rest.join('/'),
    name: isEdgeName(head) ? head : undefined,
  }
}

const everyEdge = readPart('*')

function choiceError(what: string): TocsinError {
  return new TocsinError('TCN_EDGE_CHOICE', what)
}
