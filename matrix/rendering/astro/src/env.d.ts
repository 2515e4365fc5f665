/// <reference types="astro/client" />

declare namespace App {
  interface Locals {
    visitor: import('../../shared/auth.ts').Visitor
  }
}
