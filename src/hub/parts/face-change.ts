import { isDeepStrictEqual } from 'node:util'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { FaceDefinition, FacePart, OpenFace } from '../../faces/face.js'

/** A part of a face, as a configuration wants it. */
export interface WantedPart extends FacePart {
  readonly definition: FaceDefinition
}

/** A part of a face that can be reached. */
export interface OpenPart extends WantedPart {
  readonly face: OpenFace
}

/** One change from what is open to what is wanted, which can be undone as long as it is not done. */
export class FaceChange {
  readonly #before: readonly OpenPart[]
  /** Parts that an earlier change has replaced, and that still have their connections. */
  readonly #replaced: readonly OpenPart[]
  readonly #kept = new Map<OpenPart, OpenPart>()
  readonly #opened: OpenPart[] = []

  constructor(before: readonly OpenPart[], replaced: readonly OpenPart[]) {
    this.#before = before
    this.#replaced = replaced
  }

  /** Keeps the open part of this name, if it is the same or can become it. */
  keep(wanted: WantedPart): boolean {
    const open = this.#before.find(isSame(wanted))
    if (open === undefined) return false
    if (!isDeepStrictEqual(open.config, wanted.config) && open.face.change?.(wanted.config) !== true)
      return false
    this.#kept.set(open, { ...wanted, face: open.face })
    return true
  }

  /** Returns how to open a part that an earlier change has replaced, if this is one. */
  revived(wanted: WantedPart): (() => Promise<OpenFace>) | undefined {
    const found = this.#replaced.find(
      (part) => isSame(wanted)(part) && isDeepStrictEqual(part.config, wanted.config),
    )
    return found && (() => found.face.bind().then(() => found.face))
  }

  opened(part: WantedPart, face: OpenFace | undefined): void {
    if (face !== undefined) this.#opened.push({ ...part, face })
  }

  /** Unbinds the parts that go if one of them holds the address that the error names. Returns whether it does. */
  makesRoom(error: unknown): boolean {
    if (!TocsinError.is(error, 'TCN_SOCKET_IN_USE')) return false
    const place = placeOf(String(error.details.where))
    const going = this.#going.filter(({ face }) =>
      face.listeners.some(({ address }) => placeOf(address) === place),
    )
    for (const { face } of going) face.unbind()
    return going.length > 0
  }

  /**
   * Makes everything as it was, and returns the parts that were opened in vain. What cannot listen any more, because
   * somebody else has taken its address, is reported.
   */
  async undo(failed: (error: Error) => void): Promise<OpenPart[]> {
    for (const { face } of this.#opened) face.unbind()
    for (const [before] of this.#kept) before.face.change?.(before.config)
    for (const { face } of this.#going) await face.bind().catch(failed)
    return this.#opened.filter(({ face }) => !this.#replaced.some((part) => part.face === face))
  }

  /** Unbinds what is replaced. */
  done(): { open: OpenPart[]; replaced: OpenPart[] } {
    const replaced = [...this.#going, ...this.#replaced].filter(
      ({ face }) => !this.#opened.some((part) => part.face === face),
    )
    for (const { face } of replaced) face.unbind()
    return { open: [...this.#kept.values(), ...this.#opened], replaced }
  }

  /** The open parts that go. */
  get #going(): OpenPart[] {
    return this.#before.filter((part) => !this.#kept.has(part))
  }
}

/** Returns whether it is the same part, perhaps with another configuration. */
export function isSame(wanted: WantedPart) {
  return ({ definition, name }: OpenPart) => definition === wanted.definition && name === wanted.name
}

/**
 * Returns the part of an address that two listeners cannot share: a port, or the path of a socket.
 * `http://127.0.0.1:4580` has the port 4580.
 */
function placeOf(address: string): string {
  return /(?<=:)\d+$/.exec(address)?.[0] ?? address.replace(/^unix:/, '')
}
