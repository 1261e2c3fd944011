import { TocsinError } from '../../../errors/tocsin-error.js'

/** Separates tag and data of an event. */
export const TAGEND = '\n\n'

/** The names that Salt uses as the second part of its own tags. */
export const TAGS = Object.freeze({
  auth: 'auth',
  job: 'job',
  key: 'key',
  minion: 'minion',
  syndic: 'syndic',
  run: 'run',
  wheel: 'wheel',
  cloud: 'cloud',
  fileserver: 'fileserver',
  queue: 'queue',
})

/**
 * Builds the tag `<base>/<prefix>/<suffix>`. The suffix may have several parts, and empty parts are left out.
 *
 * @example
 * tagify(['20261120', 'ret', 'web1'], 'job') // 'salt/job/20261120/ret/web1'
 */
export function tagify(
  suffix: string | readonly (string | number)[] = '',
  prefix = '',
  base = 'salt',
): string {
  const parts = typeof suffix === 'string' ? [suffix] : suffix
  const known = Object.hasOwn(TAGS, prefix) ? TAGS[prefix as keyof typeof TAGS] : prefix
  return [base, known, ...parts]
    .map(String)
    .filter((part) => part !== '')
    .join('/')
}

/** Throws TCN_SALT_TAG or TCN_TAG_EMPTY, and TCN_TAG_CONTROL for a tag that a receiver would split wrongly. */
export function checkTag(tag: unknown): void {
  if (typeof tag !== 'string' && !(tag instanceof Uint8Array)) {
    throw new TocsinError('TCN_SALT_TAG', `a tag must be text or bytes, not ${typeof tag}`)
  }
  if (tag.length === 0) throw new TocsinError('TCN_TAG_EMPTY', 'Empty tag.')
  const text = typeof tag === 'string' ? tag : new TextDecoder('latin1').decode(tag)
  if (text.includes('\n\n') || text.endsWith('\n')) {
    throw new TocsinError(
      'TCN_TAG_CONTROL',
      'the tag contains line feeds that would be taken for the beginning of the data',
    )
  }
}
