import { TocsinError } from '../../../event/errors.js'

/** Throws TCN_SALT_TAG, TCN_TAG_EMPTY, and TCN_TAG_CONTROL for a tag that no receiver can read back. */
export function checkTag(tag: unknown): void {
  if (typeof tag !== 'string' && !(tag instanceof Uint8Array)) {
    throw new TocsinError('TCN_SALT_TAG', `a tag is text or bytes, not ${typeof tag}`)
  }
  if (tag.length === 0) throw new TocsinError('TCN_TAG_EMPTY', 'Empty tag.')
  const text = typeof tag === 'string' ? tag : new TextDecoder('latin1').decode(tag)
  if (text.includes('\n\n') || text.endsWith('\n')) {
    throw new TocsinError('TCN_TAG_CONTROL', 'the tag has line feeds where its data would begin')
  }
}
