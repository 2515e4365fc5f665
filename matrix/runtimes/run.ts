/**
 * Prints the checks that failed, as JSON: for runtimes that run a program from the command line.
 */
import { failedChecks } from './program.ts'

console.log(JSON.stringify(await failedChecks()))
