import type { Visitor } from '../../shared/auth.ts'

declare global {
  namespace App {
    interface Locals {
      visitor: Visitor
    }
  }
}
