import { TocsinError } from '../../errors/tocsin-error.js'
import { kindNames } from '../../protocols/otlp/messages.js'
import type { MessageFields } from '../../protocols/protobuf/message-type.js'

/** Making an event of an item with this number of values takes some five milliseconds. */
export const MAX_ITEM_VALUES = 32 * 1024

export type ItemKind = 'logs' | 'traces'

/** A record of a log or a span, with what all of its scope and of its resource have in common. */
export interface Item {
  readonly resource: MessageFields
  readonly scope: MessageFields
  readonly item: MessageFields
  /** Bytes that stand for it. */
  readonly length: number
  /** Bytes that stand for what it has in common, which each of its events has. */
  readonly shared: number
}

/** The items of a request, errors for what cannot be read (an item, or a part with several), and undefined between two steps. */
export type Items = Generator<Item | TocsinError | undefined, void>

/** Fields that all items of a part have in common, or the error if they cannot be read. */
export interface CommonPart {
  readonly fields: MessageFields | TocsinError
  readonly length: number
}

export const NOTHING_COMMON: CommonPart = { fields: {}, length: 0 }

/** A part that cannot be read costs none of the others. */
export function* readOrSay(part: Items): Items {
  try {
    yield* part
  } catch (thrown) {
    if (!TocsinError.is(thrown)) throw thrown
    yield thrown
  }
}

/** Throws for an item without a field that is known, unless it is empty, and for one of a part that cannot be read. */
export function itemOf(resource: CommonPart, scope: CommonPart, item: MessageFields, length: number): Item {
  const common = { resource: readable(resource), scope: readable(scope) }
  if (length > 1 && Object.keys(item).length === 0) throw notOtlp('an item has no field that is known')
  return { ...common, item, length, shared: resource.length + scope.length }
}

function readable({ fields }: CommonPart): MessageFields {
  if (TocsinError.is(fields)) throw fields
  return fields
}

/** Receivers ignore names that are newer than they are. A request of which nothing else is left is not understood. */
export class Understood {
  readonly #kind: ItemKind
  #items = 0
  #unknown: string | undefined

  constructor(kind: ItemKind) {
    this.#kind = kind
  }

  item(): void {
    this.#items++
  }

  /** Notes a field around the items that is not known. */
  ignored(name: string): void {
    this.#unknown ??= name
  }

  /** Throws for a request in which something was ignored, and nothing was understood. */
  check(): void {
    if (this.#items > 0 || this.#unknown === undefined) return
    const { resources, scopes, items } = kindNames[this.#kind]
    throw notOtlp(
      `it has no \`${items}\` in \`${scopes}\` in \`${resources}\`, but ${this.#unknown}, which is not known`,
    )
  }
}

export function notOtlp(what: string): TocsinError {
  return new TocsinError('TCN_HTTP_BODY', what)
}
