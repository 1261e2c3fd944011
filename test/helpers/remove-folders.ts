import { afterAll } from 'vitest'
import { removeTemporaryFolders } from './temporary-folder.js'

// Registered before the hooks of the file, it runs after them.
afterAll(removeTemporaryFolders)
