import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { TrustedPlace } from '../../config/trusted-file.js'

const { O_APPEND, O_CREAT, O_RDWR } = constants

/**
 * Opens or creates a file of this user to append to. Somebody else who may write into its folder could put a file there
 * to read what is written, or a link to have something else overwritten: rejects with an error for those.
 */
export async function openOwn(path: string): Promise<FileHandle> {
  using place = TrustedPlace.find(path)
  const handle = await openAt(place)
  try {
    place.checkOwner((await handle.stat()).uid)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openAt(place: TrustedPlace): Promise<FileHandle> {
  const create = place.exists ? 0 : O_CREAT
  try {
    return await open(place.path, place.flags | O_APPEND | O_RDWR | create, 0o640)
  } catch (error) {
    throw place.renamed(error)
  }
}
