/** Rejects every answer that the OpenAPI description does not know. */
import { undescribed } from '../openapi/described.ts'

/** Returns the same answer; throws if the description says otherwise. */
export const described = async (request: Request, response: Response): Promise<Response> => {
  const faults = await undescribed(request.method, new URL(request.url).pathname, response)
  if (faults.length > 0) throw new Error(`openapi.json does not say so:\n${faults.join('\n')}`)
  return response
}
