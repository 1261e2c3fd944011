import { fileURLToPath } from 'node:url'

/** The folder with the Python packages of Tocsin, which Python does not find by itself. */
export const pythonPackages = fileURLToPath(new URL('../../../../python', import.meta.url))
