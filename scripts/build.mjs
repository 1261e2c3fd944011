import { build, report } from './steps.mjs'

try {
  build()
} catch (error) {
  report(error)
}
