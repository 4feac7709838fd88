// expect: the output of a job is stored, so it must be Void, or Codable and Sendable
import Roost

struct Socket: Sendable {}

@Job func open(port: Int) -> Socket { Socket() }
