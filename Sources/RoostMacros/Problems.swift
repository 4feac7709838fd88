import SwiftDiagnostics
import SwiftSyntax

/// What keeps a declaration from being a job, gathered, so that one build shows all of it.
struct Problems {
    private(set) var found: [Diagnostic] = []

    mutating func report(_ problem: JobDiagnostic, at node: some SyntaxProtocol, fixIts: [FixIt] = []) {
        found.append(Diagnostic(node: Syntax(node), message: problem, fixIts: fixIts))
    }
}

/// What a fix-it says it does.
struct JobFixItMessage: FixItMessage {
    let message: String

    init(_ message: String) {
        self.message = message
    }

    var fixItID: MessageID { MessageID(domain: "Roost", id: "JobMacro.fixIt") }
}

extension FixIt {
    /// Puts `new` in the place of `old`.
    static func replacing(_ old: some SyntaxProtocol, by new: some SyntaxProtocol, _ message: String) -> FixIt {
        FixIt(
            message: JobFixItMessage(message),
            changes: [.replace(oldNode: Syntax(old), newNode: Syntax(new))]
        )
    }
}
