import SwiftParser
import SwiftSyntax
import SwiftSyntaxBuilder

extension String {
    var withoutBackticks: String {
        count > 1 && hasPrefix("`") && hasSuffix("`") ? String(dropFirst().dropLast()) : self
    }

    /// The name as it is declared and referred to: in backticks where it is a keyword or not an identifier.
    var escaped: String {
        // Fine as names of variables, but at the start of an expression they mean something else.
        let contextual: Set = ["any", "async", "await", "consume", "copy", "discard", "each", "some", "then", "unsafe"]
        let isName = isValidSwiftIdentifier(for: .variableName) && isValidSwiftIdentifier(for: .memberAccess)
        return isName && !contextual.contains(self) ? self : "`\(self)`"
    }

    /// The label as a call writes it: backticks where none are needed are a warning.
    var asArgumentLabel: String {
        let plain = withoutBackticks
        return plain.isPlainIdentifier && !["inout", "let", "var"].contains(plain) ? plain : "`\(plain)`"
    }

    /// Whether the name is one without backticks, keywords aside.
    var isPlainIdentifier: Bool {
        first?.isNumber == false && allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
    }

    /// The text as a literal of generated code.
    var literal: String {
        StringLiteralExprSyntax(content: self).description
    }
}

extension TokenSyntax {
    /// The name without backticks.
    var plainText: String { text.withoutBackticks }

    /// The name as something of `module`, so that nothing nearer is found; unqualified if the module is unknown.
    func qualified(by module: String?) -> String {
        module.map { "\($0)::\(text)" } ?? text
    }
}

extension DeclModifierListSyntax {
    /// The access level that is written, `open` as `public`.
    var access: String? {
        let levels = ["public", "package", "internal", "fileprivate", "private"]
        for modifier in self where modifier.detail == nil {
            if modifier.name.text == "open" { return "public" }
            if levels.contains(modifier.name.text) { return modifier.name.text }
        }
        return nil
    }
}
