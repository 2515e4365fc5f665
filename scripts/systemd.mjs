/** Finds `systemd-analyze`, which checks units without a running systemd. */
import { findProgram, foundFor } from './found.mjs'

export const findSystemdAnalyze = () => findProgram(['systemd-analyze'])

export const systemdAnalyzeFor = (suite) =>
  foundFor(
    suite,
    findSystemdAnalyze(),
    'systemd-analyze was not found. Install the package systemd.',
  )
