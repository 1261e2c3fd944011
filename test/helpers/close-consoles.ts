import { afterAll, afterEach, beforeEach } from 'vitest'
import { closeConfigured } from '../console/configured-console.js'
import { beginTest, closeSite, endTest } from '../console/shared-console.js'

// Files that share a process share these modules, and each has consoles of its own. Registered before the hooks of the
// file, what ends them runs after those.
beforeEach(beginTest)
afterEach(endTest)
afterAll(closeSite)
afterAll(closeConfigured)
