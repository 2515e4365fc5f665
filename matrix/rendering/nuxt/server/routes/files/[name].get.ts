import { picture } from '../../../../shared/picture.ts'

export default defineEventHandler(async (event) => (await requireUser(event)) && picture())
