import { basename, dirname } from 'node:path'
import { asFields } from '../../event/json/object.js'

/** The forms in which runtimes of containers write what a container has written: that of Kubernetes, and of Docker. */
export const containerForms = ['cri', 'docker'] as const
export type ContainerForm = (typeof containerForms)[number]

/** A text of a container, which its runtime may have cut into several lines. */
export interface ContainerText {
  text: string
  stream: string
  /** As it is written, RFC 3339. */
  time: string
  /** The end of the text is missing. */
  isPartial: boolean
}

const CRI_LINE = /^(\S{1,64}) (stdout|stderr) ([FP])(?::\S{1,64})? (.*)$/s

/** Returns undefined for a record that is not in the form. Its lines are pieces of one text, or of several lines. */
export function readContainerText(form: ContainerForm, record: string): ContainerText | undefined {
  const pieces = record.split('\n').map(pieceReaders[form])
  const [first] = pieces
  if (first === undefined) return undefined
  let text = ''
  let isWithin = true
  for (const piece of pieces) {
    if (piece?.stream !== first.stream) return undefined
    text += isWithin ? piece.text : `\n${piece.text}`
    isWithin = piece.isPartial
  }
  return { ...first, text, isPartial: pieces.at(-1)?.isPartial === true }
}

/**
 * Returns whether a line continues the text of the line before it, or the record that it belongs to: `joins` says whether
 * a text does.
 */
export function continuesText(
  form: ContainerForm,
  line: string,
  before: string,
  joins: (text: string) => boolean = () => false,
): boolean {
  const read = pieceReaders[form]
  const [piece, earlier] = [read(line), read(before)]
  if (piece === undefined || piece.stream !== earlier?.stream) return false
  return earlier.isPartial || joins(piece.text)
}

const pieceReaders = { cri: criPiece, docker: dockerPiece } as const

function criPiece(line: string): ContainerText | undefined {
  const match = CRI_LINE.exec(line)
  if (match === null) return undefined
  const [, time, stream, mark, text] = match
  return { time, stream, text, isPartial: mark === 'P' }
}

function dockerPiece(line: string): ContainerText | undefined {
  if (!line.startsWith('{"log":')) return undefined
  const { log, stream, time } = asFields(jsonIn(line))
  if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined
  const isWhole = log.endsWith('\n')
  return { time, stream, text: isWhole ? log.slice(0, -1) : log, isPartial: !isWhole }
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The container that a file belongs to, as far as the usual paths of Kubernetes and Docker say it. */
export function containerOf(path: string): Record<string, string> {
  const name = basename(path)
  const folder = dirname(path)
  const [, pod, namespace, container, id] =
    /^([^_]+)_([^_]+)_([^_]+)-([0-9a-f]{12,64})\.log(?:\.|$)/.exec(name) ?? []
  if (id !== undefined) return { namespace, pod, container, id }
  const [, ofPod, itsPod] = /^([^_]+)_([^_]+)_[^_]+$/.exec(basename(dirname(folder))) ?? []
  if (itsPod !== undefined) return { namespace: ofPod, pod: itsPod, container: basename(folder) }
  const [, ofDocker] = /^([0-9a-f]{12,64})-json\.log(?:\.|$)/.exec(name) ?? []
  return ofDocker === undefined ? {} : { id: ofDocker }
}
