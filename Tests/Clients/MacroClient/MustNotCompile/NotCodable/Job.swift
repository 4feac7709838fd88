// expect: a parameter of a job is stored, so its type must be Codable and Sendable
import Roost

struct Socket: Sendable {}

@Job func write(to socket: Socket, text: String) {}
